"""The variables of s.yaml, rendered as Serverless Devs 3.1.10 renders them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.function_compute.variables import TemplateError, Variables

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {"N": "12", "EMPTY": "", "WHICH": "b", "ODD": "${env('N')}"}
DECLARED: dict[str, Any] = {
    "n": "${json(env('N'))}",
    "chosen": "${json(file('./' + env('WHICH', 'a') + '.json'))}",
    "deep": {"list": [1, "${vars.n}"]},
    "loop": "${vars.loop}",
    "round": "${vars.about}",
    "about": "x ${vars.round}",
}


@pytest.fixture
def variables(tmp_path: Path) -> Variables:
    (tmp_path / "b.json").write_text('{"x": "${env(\'N\')}", "y": {"z": true}}', "utf-8")
    (tmp_path / "itself.json").write_text("[\"${json(file('itself.json'))}\"]", "utf-8")
    (tmp_path / "text.txt").write_text("not ${env('N')} JSON", "utf-8")
    return Variables(ENVIRONMENT, DECLARED, tmp_path)


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("${env('N')}", "12"),
        ("${env('N', '4')}", "12"),
        ("${env('ABSENT', '4')}", "4"),
        ('${env("ABSENT", "a, b")}', "a, b"),
        ("${env('EMPTY', '4')}", "4"),
        ("${env('ABSENT', '')}", ""),
        ("${json(env('ABSENT', '4'))}", 4),
        ("${ json( env( 'ABSENT' , '[]' ) ) }", []),
        ("n is ${json(env('N'))}", "n is 12"),
        ("${env('N')}-${env('WHICH')}", "12-b"),
        ("${env('N') + '-' + env('WHICH')}", "12-b"),
        ("${vars.n}", 12),
        ("${vars.deep.list}", [1, 12]),
        ("${vars.chosen.y.z}", True),
        ("${vars.chosen}", {"x": "12", "y": {"z": True}}),
        ("${file('text.txt')}", "not ${env('N')} JSON"),
        ("${env('ODD')}", "${env('N')}"),
        (["${env('N')}", {"k": "${vars.n}"}, 3, None], ["12", {"k": 12}, 3, None]),
    ],
)
def test_a_value_is_rendered(variables: Variables, value: object, rendered: object) -> None:
    assert variables.render(value, "here") == rendered


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("${env('ABSENT')}", "the variable ABSENT has no value and no default"),
        ("${env('EMPTY')}", "the variable EMPTY has no value and no default"),
        ("${json(env('WHICH'))}", "${json(env('WHICH'))}: 'b' is not JSON"),
        ("${file('absent')}", "${file('absent')}: the file absent cannot be read"),
        ("${json(file('text.txt'))}", "is not JSON"),
        ("${json(file('itself.json'))}", "refers to itself"),
        ("${vars.loop}", "refers to itself"),
        ("${vars.round}", "refers to itself"),
        ("${vars.n.more}", "not declared under vars"),
        ("a ${vars.deep}", "not a single value"),
        *(
            (f"${{{source}}}", "is not understood here")
            for source in (
                "",
                "env()",
                "env('A', 'b', 'c')",
                "env(",
                "env('A'",
                "env('A'))",
                "env('A') +",
                "json('1', '2')",
                "config('AccountID')",
                "vars",
                "resources.f.output.url",
                "'a' 'b'",
                "env('A') || 'b'",
                "env('A' 'b')",
                "+",
            )
        ),
    ],
)
def test_what_cannot_be_rendered_is_refused_with_where_and_why(variables: Variables, value: str, problem: str) -> None:
    with pytest.raises(TemplateError) as refusal:
        variables.render({"key": [value]}, "here")

    assert str(refusal.value).startswith("s.yaml: here.key[0]")
    assert problem in str(refusal.value)
    assert "\n" not in str(refusal.value)
