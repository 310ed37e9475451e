"""One week of January 2022, as its reporters and their desk lived it.

`beginning` is what all have seen while the lines still worked; `apart` is what
each then does alone; `together` says what must be seen once they have synced,
in whatever order; `settled` is how the desk ends it. People are invented, the
dispatches are in our words.
"""

import world as worlds

STORY = "almaty"
DEVICES = ("aktau", "almaty", "bishkek", "desk")

TELEGRAM = "Telegram, official government channel"
MINISTRY = "Health Ministry"

LEAD = (
    "The city hall is burning. "
    "Officials put the dead at at least 164, among them 103 in Almaty. "
    "Nobody answers the telephones. "
    "The airport was stormed on Wednesday and about 2,500 foreign soldiers have landed.\n"
    "\n"
    "Мобильная связь не работает, банки закрыты. "
    "Қала орталығында жүру қауіпті.\n"
)
HOSPITAL = (
    "Doctors at City Hospital No. 7 let reporters in for an hour. "
    "Relatives say an unknown number of bodies lie in the cellar.\n"
)


def edit_text(home, report, *changes):
    """Replaces words of the body, as a person does in an editor."""
    body = home.report(report)["body"]
    for old, new in changes:
        assert body.count(old) == 1, f"{old!r} in {body!r}"
        body = body.replace(old, new)
    home.run("report", "edit", report, "--text", "-", stdin=body)


class Story:
    """Ids that the tellers share. A copied world keeps them."""

    def __init__(self):
        self.ids = {}

    def __getattr__(self, name):
        try:
            return self.__dict__["ids"][name]
        except KeyError:
            raise AttributeError(name) from None

    def keep(self, name, result):
        self.ids[name] = result["id"]
        return result["id"]

    # --- the lines still work ----------------------------------------------

    def join(self, world):
        world.join("almaty", "reporter", STORY, "Aigerim")
        world.join("aktau", "reporter", STORY, "Daniyar")
        world.join("bishkek", "reporter", STORY, "Nurlan")
        world.join("desk", "editor", STORY, "Vera")

    def speak(self, world):
        bishkek = world.bishkek
        self.keep("post", bishkek.run(
            "statement", "add", "--source", MINISTRY, "--channel", TELEGRAM,
            "--said", "2022-01-09T12:00+06:00", "--heard", "2022-01-09T12:20+06:00",
            "--evidence", "screenshot of the post, 12:14",
            "--figure", "killed | whole country | | >=164",
            "--figure", "killed | Almaty | | 103 | part-of=1",
            "--figure", "killed | Kyzylorda | | 21 | part-of=1",
            "--figure", "killed | Almaty region | | 8 | part-of=1",
            "--figure", "killed | Zhambyl | | 10 | part-of=1"))
        self.keep("presidency", bishkek.run(
            "statement", "add", "--source", "government officials (presidency)",
            "--channel", "statement", "--said", "2022-01-09T10:00+06:00",
            "--figure", "detained | whole country | | >=5,800",
            "--figure", "injured | whole country | | >=2,000"))
        self.keep("earlier", bishkek.run(
            "statement", "add", "--source", "government officials",
            "--channel", "statements of the week", "--said", "2022-01-07T18:00+06:00",
            "--figure", "protesters killed | whole country | | 26",
            "--figure", "security officers killed | whole country | | 16"))
        self.keep("troops", bishkek.run(
            "statement", "add", "--source", "Минобороны России",
            "--channel", "statement", "--said", "2022-01-09T09:00+03:00",
            "--quote", "около 2500 военнослужащих",
            "--figure", "foreign troops deployed | whole country | | 2500"))

    def file(self, world):
        bishkek, desk = world.bishkek, world.desk
        report = self.keep("dispatch", bishkek.run(
            "report", "new", "--slugline", "kazakhstan-toll",
            "--headline", "Scores dead as Kazakhstan counts",
            "--located", "Bishkek", "--country", "KG", "--urgency", "2",
            "--subject", "protest", "--subject", "Kazakhstan",
            "--language", "en", "--text", "-", stdin=LEAD))
        bishkek.run("cite", report, f"{self.post}#1", "--words", "164")
        bishkek.run("cite", report, f"{self.post}#2", "--words", "103")
        bishkek.run("report", "submit", report)
        self.keep("hospital", bishkek.run(
            "report", "new", "--slugline", "hospital-7",
            "--headline", "An hour in Hospital No. 7", "--located", "Almaty",
            "--text", "-", stdin=HOSPITAL))
        bishkek.sync()
        desk.sync()
        desk.run("review", "approve", report)
        self.ids["read"] = desk.report(report)["version"]

    def beginning(self, world):
        """Everybody has the post, and a dispatch that the desk approved."""
        self.join(world)
        self.speak(world)
        self.file(world)
        world.sync_all(DEVICES, rounds=2)

    # --- the lines are down ------------------------------------------------

    def in_almaty(self, almaty):
        almaty.run("report", "edit", self.dispatch,
                   "--headline", "Almaty counts its dead behind closed lines")
        edit_text(almaty, self.dispatch,
                  ("The city hall is burning", "The city hall has burned out"),
                  ("about 2,500 foreign soldiers", "some 2,300 foreign soldiers"))
        edit_text(almaty, self.hospital, ("an unknown number of bodies", "12 bodies"))
        self.keep("twelve", almaty.run(
            "statement", "add", "--source", "Aigerim, own count",
            "--channel", "on the spot", "--said", "2022-01-08T16:00+06:00",
            "--figure", "bodies | City Hospital No. 7, Almaty | | 12"))
        draft = self.keep("almaty_draft", almaty.run(
            "report", "new", "--slugline", "алматы-ночь",
            "--headline", "Ночь в Алматы: город без связи", "--located", "Алматы",
            "--text", "-", stdin="Стрельба слышна у площади. По данным министерства, "
                                 "погибли не менее 164 человек.\n"))
        almaty.run("cite", draft, f"{self.post}#1", "--words", "164")
        almaty.run("report", "submit", draft)

    def in_aktau(self, aktau):
        radio = self.keep("radio", aktau.run(
            "statement", "add", "--source", MINISTRY, "--channel", "radio, noon news",
            "--heard", "2022-01-09T13:00+05:00",
            "--figure", "killed | whole country | | >=164"))
        draft = self.keep("aktau_draft", aktau.run(
            "report", "new", "--slugline", "aktau-strike", "--located", "Aktau",
            "--headline", "Oil workers hear the toll on the radio",
            "--text", "-", stdin="The radio says at least 164 are dead. "
                                 "The square in Aktau stays full.\n"))
        aktau.run("cite", draft, f"{radio}#1", "--words", "164")
        self.keep("fourteen", aktau.run(
            "statement", "add", "--source", "Daniyar, own count",
            "--channel", "on the spot", "--said", "2022-01-08T16:30+06:00",
            "--figure", "bodies | City Hospital No. 7, Almaty | | 14"))
        edit_text(aktau, self.hospital, ("an unknown number of bodies", "14 bodies"))

    def in_bishkek(self, bishkek):
        bishkek.run("statement", "retract", self.post, "--reason",
                    "Information Ministry to a news site: published after a technical error")
        bishkek.run("statement", "disavow", self.post, "--reason",
                    "Health Ministry: it never gave this figure")

    def at_the_desk(self, desk):
        desk.run("report", "edit", self.dispatch,
                 "--headline", "Kazakhstan toll passes 160, officials say")
        edit_text(desk, self.dispatch,
                  ("Nobody answers the telephones", "No telephone is answered"),
                  ("about 2,500 foreign soldiers", "more than 2,500 foreign soldiers"))

    def apart(self, world):
        self.in_almaty(world.almaty)
        self.in_aktau(world.aktau)
        self.in_bishkek(world.bishkek)
        self.at_the_desk(world.desk)


def in_row(ledger, counted, place):
    return next(row for row in ledger["rows"]
                if row["counted"] == counted and row["place"] == place)


class Ending:
    """What the desk and the reporters do once they have seen it all."""

    def __init__(self, story):
        self.story = story

    def acknowledge(self, world):
        for name in DEVICES:
            world.homes[name].run("ack")

    def link(self, desk):
        desk.run("statement", "link", self.story.post, self.story.radio)

    def resolve(self, desk):
        story = self.story
        desk.run("resolve", story.dispatch, "headline", "--value",
                 "Kazakhstan withdraws its toll", "--note", "overtaken by the denial")
        desk.run("resolve", story.dispatch, "body", "--value",
                 "The airport was stormed on Wednesday and foreign soldiers have landed.",
                 "--note", "the two numbers cannot both be right")
        desk.run("resolve", story.hospital, "body", "--value",
                 "Reporters counted 12 bodies in the cellar.", "--note", "asked both")
        desk.run("settle", f"{story.twelve}#1", "--note", "counted twice, with names")

    def publish(self, desk):
        """Refused while it cites what was withdrawn, unless the desk says so."""
        desk.run("review", "approve", self.story.dispatch)
        desk.run("review", "publish", self.story.dispatch, code=6)
        desk.run("review", "publish", self.story.dispatch, "--despite-withdrawn")


class Seen:
    """What must be seen, on one replica, once all have synced.

    `test` is a unittest.TestCase, `home` whose eyes these are.
    """

    def __init__(self, test, story, home):
        self.test, self.story, self.home = test, story, home

    def everything(self):
        self.ledger_has_no_current_toll()
        self.ledger_warns_of_the_parts()
        self.uses_are_marked()
        self.rivals_stand_side_by_side()
        self.nobody_reads_1214()
        self.approval_names_what_was_read()
        self.both_headlines_are_offered()
        self.lead_is_merged_where_it_may()

    def ledger_has_no_current_toll(self):
        test, story = self.test, self.story
        row = in_row(self.home.run("ledger"), "killed", "whole country")
        test.assertEqual(row["current"], [])
        test.assertFalse(row["rivals"])
        post = next(e for e in row["entries"] if e["statement"] == story.post)
        test.assertTrue(post["retracted"])
        test.assertTrue(post["disavowed"])
        test.assertEqual(post["record"]["low"], 164)
        test.assertTrue(post["record"]["atLeast"])
        test.assertEqual(post["source"], MINISTRY)
        test.assertEqual(post["said"], "2022-01-09T06:00:00Z")
        test.assertEqual(post["by"]["actor"], "Nurlan")
        events = self.home.run("statement", "show", story.post)["events"]
        test.assertEqual({(e["kind"], e["by"]["actor"]) for e in events},
                         {("retracted", "Nurlan"), ("disavowed", "Nurlan")})
        test.assertTrue(any("technical error" in e["reason"] for e in events))
        for place in ("Almaty", "Kyzylorda", "Zhambyl", "Almaty region"):
            row = in_row(self.home.run("ledger"), "killed", place)
            test.assertEqual(row["current"], [], place)

    def ledger_warns_of_the_parts(self):
        warnings = self.home.run("ledger")["warnings"]
        parts = next(w for w in warnings if w["kind"] == "partsDiffer"
                     and w["statement"] == self.story.post)
        self.test.assertEqual(parts["expected"], 164)
        self.test.assertEqual(parts["got"], 142)
        self.test.assertEqual(sorted(parts["parts"]), [8, 10, 21, 103])

    def uses_are_marked(self):
        """The approved dispatch and both drafts; the radio one as probable."""
        test, story = self.test, self.story
        notices = [n for n in self.home.run("notices")["notices"]
                   if n.get("statement") == story.post]
        test.assertEqual({n["kind"] for n in notices}, {"retracted", "disavowed"})
        for notice in notices:
            test.assertIn("164", notice["value"])
            test.assertEqual(notice["source"], MINISTRY)
            uses = {use["report"]: use for use in notice["uses"]}
            test.assertFalse(uses[story.dispatch]["probable"])
            test.assertTrue(uses[story.dispatch]["inApproved"])
            test.assertFalse(uses[story.almaty_draft]["probable"])
            test.assertTrue(uses[story.almaty_draft]["unaware"])
            test.assertTrue(uses[story.aktau_draft]["probable"])
        rows = {r["id"]: r for r in self.home.run("report", "list")["reports"]}
        test.assertTrue(rows[story.dispatch]["withdrawnFigure"])
        test.assertTrue(rows[story.almaty_draft]["withdrawnFigure"])
        test.assertTrue(rows[story.aktau_draft]["probablyWithdrawn"])
        test.assertFalse(rows[story.aktau_draft]["withdrawnFigure"])

    def rivals_stand_side_by_side(self):
        rivals = self.home.run("rivals")["rows"]
        bodies = in_row({"rows": rivals}, "bodies", "City Hospital No. 7, Almaty")
        self.test.assertEqual(sorted(f["best"] for f in bodies["current"]), [12, 14])
        self.test.assertEqual({e["by"]["actor"] for e in bodies["entries"]},
                              {"Aigerim", "Daniyar"})

    def nobody_reads_1214(self):
        report = self.home.report(self.story.hospital)
        for merged in ("1214", "1412", "12 14", "14 12"):
            self.test.assertNotIn(merged, report["body"])
        self.test.assertIn("12 bodies", report["body"])
        self.test.assertIn("14 bodies", report["body"])
        spans = [s["open"] for s in report["bodySegments"] if "open" in s]
        self.test.assertEqual(len(spans), 1)
        originals = spans[0]["originals"]
        self.test.assertEqual({o["by"][0]["actor"] for o in originals},
                              {"Aigerim", "Daniyar"})
        self.test.assertFalse(report["canApprove"])

    def approval_names_what_was_read(self):
        report = self.home.report(self.story.dispatch)
        approval = report["workflow"]["approvals"][0]
        self.test.assertEqual(approval["version"], self.story.read)
        self.test.assertEqual(approval["by"]["actor"], "Vera")
        self.test.assertTrue(approval["newerExists"])
        self.test.assertTrue(report["workflow"]["changedSinceApproval"])
        self.test.assertEqual(report["status"], "approved")

    def both_headlines_are_offered(self):
        report = self.home.report(self.story.dispatch)
        offered = {w["value"]: w["by"]["actor"] for w in report["alternatives"]["headline"]}
        self.test.assertEqual(offered, {
            "Almaty counts its dead behind closed lines": "Aigerim",
            "Kazakhstan toll passes 160, officials say": "Vera"})
        self.test.assertTrue(all(w["by"]["time"] for w in report["alternatives"]["headline"]))

    def lead_is_merged_where_it_may(self):
        """Edits of different sentences merge; of one number, both stand."""
        report = self.home.report(self.story.dispatch)
        plain = "".join(s.get("text", "") for s in report["bodySegments"])
        self.test.assertIn("The city hall has burned out.", plain)
        self.test.assertIn("No telephone is answered.", plain)
        self.test.assertIn("Officials put the dead at at least 164", plain)
        self.test.assertIn("Қала орталығында жүру қауіпті.", plain)
        spans = [s["open"] for s in report["bodySegments"] if "open" in s]
        self.test.assertEqual(len(spans), 1)
        texts = sorted(o["text"] for o in spans[0]["originals"])
        self.test.assertEqual(len(texts), 2)
        self.test.assertIn("more than 2,500 foreign soldiers", texts[0] + texts[1])
        self.test.assertIn("some 2,300 foreign soldiers", texts[0] + texts[1])
        self.test.assertIn("about 2,500 foreign soldiers", spans[0]["base"])


class Settled:
    """What must be seen once the desk has ended it."""

    def __init__(self, test, story, home):
        self.test, self.story, self.home = test, story, home

    def everything(self):
        test, story, home = self.test, self.story, self.home
        report = home.report(story.dispatch)
        test.assertEqual(report["headline"], "Kazakhstan withdraws its toll")
        test.assertEqual(report["conflicts"], 0)
        test.assertEqual(report["status"], "published")
        test.assertEqual([d["what"] for d in report["workflow"]["decisions"]], ["published"])
        test.assertIn("12 bodies", home.report(story.hospital)["body"])
        test.assertEqual(home.run("rivals")["rows"], [])
        test.assertEqual(home.run("conflicts")["conflicts"], [])
        bodies = in_row(home.run("ledger"), "bodies", "City Hospital No. 7, Almaty")
        test.assertTrue(bodies["settled"])
        standing = [e["record"]["best"] for e in bodies["entries"] if e["stands"]]
        test.assertEqual(standing, [12])
        self.radio_is_withdrawn_for_certain()

    def radio_is_withdrawn_for_certain(self):
        rows = {r["id"]: r for r in self.home.run("report", "list")["reports"]}
        self.test.assertTrue(rows[self.story.aktau_draft]["withdrawnFigure"])

    def nobody_owes_an_acknowledgement(self):
        """Lane 3 is served to desks: only the desk can tell."""
        for notice in self.home.run("notices")["notices"]:
            if notice.get("statement") == self.story.post:
                self.test.assertEqual(notice["owed"], [])
                self.test.assertIn("Aigerim", {a["person"] for a in notice["acknowledged"]})


def begin():
    """A world at the end of the beginning, at rest, and its story."""
    world, story = worlds.World(), Story()
    world.server.start()
    story.beginning(world)
    return world, story
