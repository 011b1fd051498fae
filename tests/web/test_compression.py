"""Pages go compressed to whoever takes it, and their length tells nothing."""

import gzip
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from meterside.web.compression import PageCompression, accepts_gzip, compress

PAGE = b"<p>A bill of many words, and the same words again.</p>" * 40


def _answered(response: HttpResponse | StreamingHttpResponse, accept: str = "gzip, br") -> Any:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_ENCODING"] = accept
    return PageCompression(lambda _: response)(request)


def test_a_page_comes_whole_out_of_its_compressed_answer() -> None:
    answer = _answered(HttpResponse(PAGE, headers={"ETag": '"one"'}))
    assert gzip.decompress(answer.content) == PAGE
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["ETag"] == 'W/"one"'
    assert answer["Vary"] == "Accept-Encoding"


def test_who_does_not_take_gzip_gets_the_page_as_it_is_and_caches_know() -> None:
    answer = _answered(HttpResponse(PAGE), accept="br")
    assert answer.content == PAGE
    assert answer["Vary"] == "Accept-Encoding"
    assert not answer.has_header("Content-Encoding")


@pytest.mark.parametrize(
    "response",
    [HttpResponse(b"short"), HttpResponse(PAGE, headers={"Content-Encoding": "br"})],
    ids=["short", "compressed already"],
)
def test_what_is_short_or_compressed_stays(response: HttpResponse) -> None:
    before = response.content
    assert _answered(response).content == before


def test_a_streamed_answer_comes_compressed_too() -> None:
    answer = _answered(StreamingHttpResponse([PAGE, PAGE]))
    assert gzip.decompress(b"".join(answer.streaming_content)) == PAGE * 2


def test_the_same_page_is_not_always_of_one_length() -> None:
    assert len({len(compress(PAGE)) for _ in range(50)}) > 1


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("deflate, br", False),
        ("", False),
    ],
)
def test_what_a_browser_takes(header: str, takes: bool) -> None:
    assert accepts_gzip(header) is takes
