"""The story comes out the same whichever device syncs first, twice or last."""

import concurrent.futures
import itertools
import os
import sqlite3
import unittest

import story as stories
import world as worlds

ORDERS = list(itertools.permutations(stories.DEVICES))


class OrdersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world, cls.story = stories.begin()
        cls.story.apart(cls.world)
        cls.world.server.stop()

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def after(self, order, rounds=3, twice=False):
        """The digests of a copy of the world that synced in this order."""
        with self.world.copy() as world:
            world.server.start()
            for name in order:
                world.homes[name].sync()
                if twice:
                    world.homes[name].sync()
            world.sync_all(order, rounds=rounds - 1)
            stories.Seen(self, self.story, world.homes[order[0]]).everything()
            return world.digests()

    def test_every_order_of_first_syncs_comes_out_the_same(self):
        seen = set()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for order, digests in zip(ORDERS, pool.map(self.after, ORDERS)):
                with self.subTest(order=order):
                    self.assertEqual(len(set(digests.values())), 1, digests)
                seen.update(digests.values())
        self.assertEqual(len(ORDERS), 24)
        self.assertEqual(len(seen), 1)

    def test_everything_arriving_twice_changes_nothing(self):
        once = self.after(stories.DEVICES)
        twice = self.after(stories.DEVICES, twice=True)
        self.assertEqual(set(once.values()), set(twice.values()))

    def test_a_cleared_cursor_brings_everything_again_and_changes_nothing(self):
        once = self.after(stories.DEVICES)
        with self.world.copy() as world:
            world.server.start()
            world.sync_all(stories.DEVICES, rounds=2)
            for name in stories.DEVICES:
                with sqlite3.connect(world.homes[name].path / "store.db") as store:
                    self.assertGreater(store.execute("DELETE FROM cursors").rowcount, 0)
                store.close()
            world.sync_all(stories.DEVICES, rounds=2)
            self.assertEqual(set(world.digests().values()), set(once.values()))


if __name__ == "__main__":
    worlds.main()
