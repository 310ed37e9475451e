"""The story, told once, and what must be seen of it."""

import unittest

import story as stories
import world as worlds


class StoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world, cls.story = stories.begin()
        cls.story.apart(cls.world)
        cls.world.sync_all(stories.DEVICES, rounds=2)

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def test_a_every_replica_shows_the_same_bytes(self):
        digests = self.world.digests()
        self.assertEqual(len(set(digests.values())), 1, digests)

    def test_b_everyone_sees_what_must_be_seen(self):
        for name in stories.DEVICES:
            with self.subTest(name):
                stories.Seen(self, self.story, self.world.homes[name]).everything()

    def test_c_the_desk_sees_who_has_not_acknowledged(self):
        owed = set()
        for notice in self.world.desk.run("notices")["notices"]:
            if notice.get("statement") == self.story.post:
                owed.update(notice["owed"])
        self.assertIn("Aigerim", owed)
        self.assertIn("Nurlan", owed)

    def test_d_a_planted_difference_changes_the_digest(self):
        before = self.world.almaty.digest()
        self.world.almaty.run("report", "new", "--headline", "only here", "--text",
                              "-", stdin="planted")
        self.assertNotEqual(self.world.almaty.digest(), before)
        self.world.sync_all(rounds=2)
        self.assertEqual(len(set(self.world.digests().values())), 1)

    def test_e_the_desk_ends_it_and_everyone_sees_the_end(self):
        world, ending = self.world, stories.Ending(self.story)
        ending.acknowledge(world)
        world.sync_all()
        ending.link(world.desk)
        ending.resolve(world.desk)
        ending.publish(world.desk)
        world.sync_all(rounds=2)
        for name in stories.DEVICES:
            with self.subTest(name):
                stories.Settled(self, self.story, world.homes[name]).everything()
        stories.Settled(self, self.story, world.desk).nobody_owes_an_acknowledgement()
        digests = world.digests()
        self.assertEqual(len(set(digests.values())), 1, digests)


if __name__ == "__main__":
    worlds.main()
