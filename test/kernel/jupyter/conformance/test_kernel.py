"""The tests of PyPI's jupyter_kernel_test, with samples for all its parts but the pager, which is no part of notebooks."""

import unittest

import jupyter_kernel_test

NAME = "tickbook-conformance"


class TickbookTests(jupyter_kernel_test.KernelTests):
    kernel_name = NAME
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "parseFl", "matches": {"parseFloat"}},
        {"text": "Math.hyp", "matches": {"hypot"}},
        {"text": "JSON.stringif", "matches": {"stringify"}},
        {"text": "noNameStartsLikeThis", "matches": set()},
    ]
    complete_code_samples = [
        "1",
        "const a: number = 1;",
        "function f(x: number): number {\n  return x\n}",
        "{ a: 1 }",
        "await Promise.resolve(1)",
        "enum Side { Buy, Sell }",
        "`text`",
        "// a comment",
        "",
    ]
    incomplete_code_samples = [
        "function f() {",
        "const a = [1,",
        "console.log(",
        "`text",
        "/* a comment",
        "type A = {",
        "if (true) {\n  console.log(1)",
    ]
    invalid_code_samples = ["function function", "const = 1", "1 +* 2", "'text", "}"]
    code_generate_error = "throw new Error('as it should')"
    code_execute_result = [
        {"code": "1 + 1", "result": "2"},
        {"code": "[1, 2].map((x: number) => x * 2)", "result": "[ 2, 4 ]"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "[{ a: 1 }]", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.markdown('**bold**')", "mime": "text/markdown"},
        {"code": "display([{ a: 1 }])", "mime": "text/html"},
    ]
    code_history_pattern = "1 +*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseFloat"
    code_clear_output = "display.clear({ wait: true })"

    def test_stdin(self):
        """Not in the suite: the front end is asked, and its answer is what the cell goes on with."""
        self.flush_channels()
        msg_id = self.kc.execute("prompt('Name: ')", allow_stdin=True)
        request = self.kc.get_stdin_msg(timeout=15)
        self.assertEqual(request["msg_type"], "input_request")
        self.assertEqual(request["content"], {"prompt": "Name: ", "password": False})
        self.kc.input("Ada")
        reply = self.get_non_kernel_info_reply(timeout=15)
        self.assertEqual(reply["parent_header"]["msg_id"], msg_id)
        self.assertEqual(reply["content"]["status"], "ok")


class TickbookWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = NAME
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
