"""Texts that have broken somebody's program, by what they break; ours are not to be among them.

A page that shows `<jdma` gave back markup, one that shows 74219851 (9137 × 8123) worked a template
out, a header `x-jdma` was smuggled in, and a file `jdma-was-here` was made by a shell.
"""

from __future__ import annotations

TEXTS: dict[str, tuple[str, ...]] = {
    "empty": ("", " ", "\t", "\u00a0", "\u3000"),
    "controls": (
        "\x00", "a\x00b", "\x01\x02\x03", "\x1b[31mrouge\x1b[0m", "\x7f\x80\x9f", "\b\b\b\f\v",
        "a\rb", "a\nb", "\r\nX-Jdma: 1\r\n\r\n", "\nX-Jdma: 1", "\x85\u2028\u2029", "\x1a\x04",
    ),
    "bidi": (
        "\u202eecnarf\u202c", "\u2066\u2067\u2068\u2069", "\u200f\u200e", "שלום abc עולם 12",
        "مرحبا ١٢٣", "\u061c\u202d\u202a" * 20,
    ),
    "invisible": (
        "\u200b\u200c\u200d\u2060\ufeff", "a\u00adb", "\U000e0041\U000e007f", "\ufe0f" * 40,
        "\u115f\u1160\u3164\uffa0", "\u034f\u17b4\u180e", "\ufff9\ufffa\ufffb\ufffc\ufffd",
    ),
    "case": ("İıIiİ", "ǰ ŉ ﬀ ﬁ", "ßẞſ", "\u212a\u212b", "Σσς", "ÇŞĞ", "ＡＢＣ", "𝔸𝕓𝟛"),
    "combining": (
        "e" + "\u0301" * 400, "\u0316\u0301" * 300, "\u0f73\u0f75" * 200, "\u0344" * 100,
        "Z̴̡͉A̷͕͘L̸̢̛G̶̻̀O̵̳͒" * 10, "ก็็็็็็็็็็็็", "\u1100\u1161\u11a8" * 50,
    ),
    "emoji": ("👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "🇫🇷🇫", "🧑‍🚀" * 60),
    "long": ("a" * 10_001, "é" * 5_000, "😀" * 3_000, " " * 9_000, "mot " * 3_000, "." * 12_000),
    "paths": (
        "../../../../etc/passwd", "....//....//etc/passwd", "..\\..\\..\\boot.ini", "/etc/passwd",
        "avis.db", "../avis.db.secret", "avis.js\x00.css", "~root/.ssh/id_rsa", "C:\\con",
        "//autre.test/x", "\\\\autre.test\\x", "file:///etc/passwd", "./././avis.js", "..", ".",
        "avis.js/", "avis.js;.css", "AVIS.JS", "%2e%2e%2f", "..;/..;/",
    ),
    "templates": (
        "{{9137*8123}}", "${9137*8123}", "#{9137*8123}", "<%= 9137*8123 %>", "[[9137*8123]]",
        "{%print(9137*8123)%}", "{0.__class__.__mro__}", "{bouton.__init__.__globals__}", "{",
        "{}{}{0}{origine}", "%(secret)s", "%s%s%s%n%n", "{{''.__class__}}", "#set($x=9137*8123)$x",
    ),
    "sql": (
        "'; drop table avis; --", "' or '1'='1", '" or ""="', "1 or 1=1", "') union select 1,2--",
        "x'||(select group_concat(sql) from sqlite_master)||'", "%' escape '\\", "\\'; --", "/*",
        "1; attach database 'x' as y", "k7f3q2'--", "null) on conflict do nothing --", "$[0]",
    ),
    "shell": (
        "; touch jdma-was-here", "$(touch jdma-was-here)", "`touch jdma-was-here`",
        "| touch jdma-was-here", "&& touch jdma-was-here", "\ntouch jdma-was-here\n", "--help",
        "-rf", "$HOME", "!!", "* ? [a-z]", "> jdma-was-here", "%COMSPEC%",
    ),
    "html": (
        "<jdma>", '"><jdma x="', "'><jdma x='", "</textarea><jdma>", "</title><jdma>",
        "</script><jdma>", "--><jdma>", "]]><jdma>", "<jdma\x00>", "<JDMA>", "<jdma onload=x()>",
        "javascript:alert(1)", "&lt;jdma&gt;", "&#60;jdma>", "＜jdma＞", "\u2028<jdma>",
        'data:text/html,<jdma>', "<svg/onload=x>", "&", "&amp", "&#0;", "&#xD800;",
    ),
    "percent": (
        "%", "%%", "%z", "%zz", "%2", "%u0041", "%c0%af", "%e0%80%af", "%ed%a0%80", "%ff%fe",
        "%00", "%250a", "%0d%0aX-Jdma:%201", "+%2B+", "a=b&c=d;e=f", "a%26b%3Dc", "?x=1#y", "a#b?c",
        "%F0%9F", "%" * 500,
    ),
    "numbers": (
        "0", "-0", "-1", "1e999", "-1e999", "1e-999", "NaN", "nan", "Infinity", "-Infinity", "inf",
        "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "-9223372036854775809", "1" + "0" * 400, "9" * 5_000, "0x10", "0b1", "1_000", "１２", "٣",
        "²", "½", "+3", "3.", ".3",
        "0.1e1", " 3 ", "00003", "3,5", "1" * 309 + ".5", "1/0", "4e0",
    ),
    "dates": (
        "2026-02-30", "0000-00-00", "9999-99-99", "2026-W01-1", "20260101", "+002026-01-01",
        "-2026-01-01", "2026-11-01T00:00:00Z", "2026-11", "1999-12-31", "2101-01-01", "٢٠٢٦-٠١-٠١",
    ),
    "words": (
        "null", "undefined", "true", "false", "None", "[object Object]", "__proto__", "constructor",
        "toString", "__class__", "hasOwnProperty", "admin", "index", "k7f3q2", "K7F3Q2", "fr", "FR",
        "fr-FR", "zz", "*", "standard-1", "piege", "ouverture", "avis",
    ),
    "json": ('{"a":', "[" * 50, '"', "\\", "\\u0000", "\\ud83d", "{}", "[]", '{"$ref":"#"}', "//x"),
    "jetons": (".", "..", "0.0", "é.é", "-1.x", "0x1.0", "1" * 200, "." * 100, "a.b.c"),
}  # fmt: skip

ALL: tuple[str, ...] = tuple(text for each in TEXTS.values() for text in each)

# No text in UTF-8; some are in another encoding, some in none.
BYTES: tuple[bytes, ...] = (
    b"\xff", b"\xfe\xff\x00a", b"\xff\xfea\x00", b"\xc3(", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80",
    b"\xed\xbf\xbf", b"\xf8\x88\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\x80" * 60,
    b"\xef\xbb\xbf", b"d\xe9j\xe0 vu", b"\x00" * 16, bytes(range(256)),
)  # fmt: skip

# JSON values as they are written, most of which no program would write; some are no JSON at all.
JSON_VALUES: tuple[str, ...] = (
    "null", "true", "false", "0", "-0", "-0.0", "3", "3.0", "3e0", "2.5", "1e999", "-1e999",
    "1e-999", "NaN", "Infinity", "-Infinity", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "-9223372036854775809", "1" + "0" * 400, "9" * 5_000,
    "0." + "0" * 400 + "1", "01", "+1", ".5", "5.", "0x10", "1_000", '""', '"\\u0000"',
    '"\\ud83d"', '"\\udfff\\ud800"', '"\\uD83D\\uDE00"', '"\\u202e"', '"\\x41"', '"a\\', "'a'",
    '"a\nb"', "[]", "{}", "[[]]", '{"":""}', '{"a":{"a":{"a":1}}}', "[" * 300 + "]" * 300,
    "[" * 1_010 + "]" * 1_010, "[" * 5_000, '{"a":' * 300 + "1" + "}" * 300,
    '{"satisfaction":3,"satisfaction":1}', '{"a":1,"a":2,"a":3}', "[1,]", '{"a":1,}', "[1 2]",
    "undefined", "/**/1", "1//x", '{"satisfaction":"3"}', '{"satisfaction":[3]}',
    '{"\\ud83d":1}', '{"__proto__":{}}',
)  # fmt: skip
