#!/usr/bin/env python3
"""Each rule of tests/tidy lets a clean tree pass and catches what is planted."""

import json
import pathlib
import tempfile
import unittest

import functions
import rules
import tidy

CLEAN = {
    "sync/base/a.h": "// A value.\nstruct A {\n  int x = 0;\n};\n",
    "sync/merge/b.cc": '#include "sync/base/a.h"\n\nint B() { return A().x; }\n',
    "server/desk/c.cc": '#include "sync/base/a.h"\n\nint C() { return 1; }\n',
    "tests/sync/merge/b_test.cc": '#include "sync/base/a.h"\n',
    "CTestTestfile.cmake": 'add_test(b_test "/build/b_test")\n',
    "deploy/packages": "[run]\nlibx1  # the reason\n",
    "README.md": "| `libx1` | the reason |\n",
}


def body(lines):
    return "int F() {\n" + "  ++x;\n" * (lines - 2) + "}\n"


class TidyTest(unittest.TestCase):
    def found(self, planted=None, names=None, compiled=None):
        """[(rule, path, line)] in a clean tree with `planted` files on top."""
        with tempfile.TemporaryDirectory() as root:
            files = {**CLEAN, **(planted or {})}
            for name, text in files.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            sources = [name for name in files if name.endswith(".cc")]
            entries = [
                {
                    "directory": root,
                    "file": str(pathlib.Path(root, name).resolve()),
                    "command": f"clang++ -o CMakeFiles/{pathlib.Path(name).stem}.dir/it.o",
                }
                for name in (sources if compiled is None else compiled)
            ]
            pathlib.Path(root, "compile_commands.json").write_text(json.dumps(entries))
            tree = rules.Tree(root, root)
            return [
                (v.rule, v.path, v.line) for v in tidy.check(tree, names or list(rules.ALL))
            ]

    def test_a_clean_tree_passes(self):
        self.assertEqual(self.found(), [])

    def include(self, name, include):
        found = self.found({name: f'#include "{include}"\n'}, ["include"])
        return bool(found)

    def test_rooms_include_only_what_stands_left_of_them(self):
        self.assertTrue(self.include("sync/base/x.h", "server/desk/desk.h"))
        self.assertTrue(self.include("sync/base/x.h", "dateline/client.h"))
        self.assertTrue(self.include("server/x.cc", "client-core/store/store.h"))
        self.assertTrue(self.include("client-core/x.cc", "server/desk/desk.h"))
        self.assertTrue(self.include("server/x.cc", "tests/support/seed.h"))
        self.assertFalse(self.include("server/x.cc", "sync/host/sqlite.h"))
        self.assertFalse(self.include("client-core/x.cc", "dateline/v1/feed.pb.h"))
        self.assertFalse(self.include("tests/x.h", "server/desk/desk.h"))

    def test_the_pure_rooms_see_no_machine_and_no_network(self):
        for room in ("base", "model", "text", "wire", "merge", "compose", "protocol"):
            for include in (
                "sync/host/sqlite.h",
                "sync/stream/driver.h",
                "grpcpp/grpcpp.h",
                "dateline/v1/desk.grpc.pb.h",
                "sqlite3.h",
            ):
                with self.subTest(room=room, include=include):
                    self.assertTrue(self.include(f"sync/{room}/x.h", include))
        self.assertTrue(self.include("sync/host/x.h", "grpcpp/grpcpp.h"))
        self.assertFalse(self.include("sync/stream/x.h", "grpcpp/grpcpp.h"))

    def test_folders_of_a_room_include_only_what_stands_left_of_them(self):
        for name, include in (
            ("sync/base/x.h", "sync/model/change.h"),
            ("sync/text/x.h", "sync/wire/pack.h"),
            ("sync/wire/x.h", "sync/merge/document.h"),
            ("sync/merge/x.h", "sync/compose/edit.h"),
            ("sync/compose/x.h", "sync/protocol/session.h"),
            ("sync/protocol/x.h", "sync/compose/edit.h"),
            ("sync/host/x.h", "sync/stream/driver.h"),
            ("server/storage/x.h", "server/trust/roster.h"),
            ("server/trust/x.h", "server/ingest/ingest.h"),
            ("server/ingest/x.h", "server/view/worker.h"),
            ("server/view/x.h", "server/desk/desk.h"),
            ("server/desk/x.h", "server/services/server.h"),
            ("server/session/x.h", "server/services/server.h"),
            ("client-core/store/x.h", "client-core/engine/client_impl.h"),
            ("client-core/cli/x.h", "client-core/engine/client_impl.h"),
            ("client-core/examples/x.cc", "sync/wire/pack.h"),
        ):
            with self.subTest(name=name, include=include):
                self.assertTrue(self.include(name, include))
        self.assertFalse(self.include("sync/merge/x.h", "sync/merge/y.h"))
        self.assertFalse(self.include("server/desk/x.h", "server/view/worker.h"))
        self.assertFalse(self.include("sync/merge/x.h", "sync/wire/pack.h"))

    def test_locks_are_ours_which_the_compiler_and_tsan_understand(self):
        for header in ("mutex", "condition_variable", "shared_mutex"):
            self.assertTrue(self.found({"server/x.cc": f"#include <{header}>\n"}, ["include"]))

    def test_use_cases_know_neither_grpc_nor_sql(self):
        self.assertTrue(self.include("server/desk/x.cc", "grpcpp/grpcpp.h"))
        self.assertTrue(self.include("server/desk/x.cc", "sqlite3.h"))
        self.assertFalse(self.include("server/services/x.cc", "grpcpp/grpcpp.h"))

    def test_includes_are_named_from_the_root(self):
        self.assertTrue(self.include("sync/merge/x.cc", "../base/a.h"))

    def test_a_function_may_have_70_lines_and_not_71(self):
        self.assertEqual(self.found({"sync/merge/b.cc": body(70)}, ["function-size"]), [])
        self.assertEqual(
            self.found({"sync/merge/b.cc": body(71)}, ["function-size"]),
            [("function-size", "sync/merge/b.cc", 1)],
        )

    def test_a_file_may_have_500_lines_and_not_501(self):
        line = "int x;\n"
        self.assertEqual(self.found({"sync/merge/b.cc": line * 500}, ["file-size"]), [])
        self.assertEqual(len(self.found({"sync/merge/b.cc": line * 501}, ["file-size"])), 1)

    def test_an_exception_holds_for_its_function_alone_and_ends_with_its_need(self):
        long = body(71) + body(71).replace("F()", "G()")
        exception = "function-size sync/merge/b.cc:F  # one switch\n"
        found = self.found(
            {"sync/merge/b.cc": long, "tests/tidy/exceptions": exception}, ["function-size"]
        )
        self.assertEqual(found, [("function-size", "sync/merge/b.cc", 72)])
        found = self.found({"tests/tidy/exceptions": exception}, ["function-size"])
        self.assertEqual(found, [("exception", "tests/tidy/exceptions", 1)])

    def test_an_exception_without_a_reason_is_refused(self):
        found = self.found({"tests/tidy/exceptions": "file-size sync/merge/b.cc\n"})
        self.assertEqual(found, [("exception", "tests/tidy/exceptions", 1)])

    def test_a_test_that_no_target_compiles_is_named(self):
        compiled = ["sync/merge/b.cc", "server/desk/c.cc"]
        self.assertEqual(
            self.found(names=["unregistered"], compiled=compiled),
            [("unregistered", "tests/sync/merge/b_test.cc", 0)],
        )

    def test_a_test_that_is_compiled_and_never_run_is_named(self):
        planted = {"tests/sync/merge/other_test.cc": "int x;\n"}
        self.assertEqual(
            self.found(planted, ["unregistered"]),
            [("unregistered", "tests/sync/merge/other_test.cc", 0)],
        )

    def test_a_script_of_tests_that_ctest_does_not_run_is_named(self):
        script = {"tests/e2e/x_test.py": "pass\n"}
        unregistered = [("unregistered", "tests/e2e/x_test.py", 0)]
        self.assertEqual(self.found(script, ["unregistered"]), unregistered)
        other = {"e2e/CTestTestfile.cmake": 'add_test(x "python3" "tests/e2e/not_x_test.py")\n'}
        self.assertEqual(self.found({**script, **other}, ["unregistered"]), unregistered)
        told = {"e2e/CTestTestfile.cmake": 'add_test(x "python3" "/tree/tests/e2e/x_test.py")\n'}
        self.assertEqual(self.found({**script, **told}, ["unregistered"]), [])

    def test_a_program_without_a_suffix_is_held_to_the_rules_too(self):
        long = "#!/bin/sh\n" + "true\n" * 500
        self.assertEqual(
            self.found({"tests/all": long}, ["file-size"]), [("file-size", "tests/all", 0)]
        )
        unfinished = "#!/bin/sh\n# " + "TO" + "DO\n"
        self.assertEqual(self.found({"deploy/up": unfinished}, ["note"]), [("note", "deploy/up", 2)])

    def test_a_build_is_no_source_even_where_no_git_says_so(self):
        self.assertEqual(self.found({"build/dev/a.pb.cc": "int  B( ) {return 1;}\n"}), [])

    def test_unfinished_work_needs_a_reason(self):
        note = "TO" + "DO"
        for text, wrong in (
            (f"// {note}: later\n", True),
            (f"// {note}(issue 7)\n", True),
            ("// FIX" + "ME(issue 7): two words\n", True),
            (f"// {note}(issue 7): waits for the dictionary\n", False),
        ):
            with self.subTest(text=text):
                found = self.found({"sync/merge/b.cc": text}, ["note"])
                self.assertEqual(bool(found), wrong)

    def test_machines_paths_and_registries_are_named(self):
        self.assertTrue(self.found({"deploy/x": "cd /home/" + "anna/dateline\n"}, ["place"]))
        self.assertTrue(self.found({"deploy/x": "https://pypi" + ".org/simple\n"}, ["place"]))
        self.assertFalse(self.found({"deploy/x": "docs at https://sqlite.org\n"}, ["place"]))

    def test_a_package_without_its_reason_in_the_readme_is_named(self):
        packages = CLEAN["deploy/packages"] + "liby-dev  # why\n"
        found = self.found({"deploy/packages": packages}, ["package"])
        self.assertEqual(found, [("package", "README.md", 0)])

    def test_a_link_that_leads_nowhere_is_named(self):
        page = "[a](base/a.h#x) [b](https://sqlite.org) [c](base/none.h)\n"
        found = self.found({"sync/README.md": page}, ["link"])
        self.assertEqual(found, [("link", "sync/README.md", 1)])

    def test_layout_is_that_of_clang_format(self):
        found = self.found({"sync/merge/b.cc": "int  B( ) {return 1;}\n"}, ["layout"])
        self.assertEqual(found, [("layout", "sync/merge/b.cc", 1)])


class FunctionsTest(unittest.TestCase):
    def lengths(self, text):
        return [(name, lines) for name, _, lines in functions.functions(text)]

    def test_finds_functions_in_namespaces_and_classes(self):
        text = (
            "namespace a {\nclass B {\n public:\n  int C() const {\n    return 1;\n  }\n"
            "};\n}\nTEST(Suite, Says) {\n}\n"
        )
        self.assertEqual(self.lengths(text), [("C", 3), ("Suite.Says", 2)])

    def test_reads_member_initializers_as_part_of_the_constructor(self):
        text = "A::A(int b)\n    : b_{b},\n      c_(b) {\n  d();\n}\nint E() {\n}\n"
        self.assertEqual(self.lengths(text), [("A::A", 5), ("E", 2)])

    def test_is_not_misled_by_strings_comments_and_lambdas(self):
        text = (
            'int A() {\n  // }\n  const char* b = "}";\n  char c = \'}\';\n'
            '  auto d = R"x(}})x";\n  auto e = [&] {\n    return 1;\n  };\n}\n'
        )
        self.assertEqual(self.lengths(text), [("A", 9)])

    def test_takes_a_struct_parameter_for_a_function(self):
        text = "int A(struct B b) {\n}\nstruct C {\n  int d;\n};\nenum class E { kF };\n"
        self.assertEqual(self.lengths(text), [("A", 2)])


if __name__ == "__main__":
    unittest.main()
