"""A discovered partner that sends too fast, from the first refusal to its promotion, with the commands alone."""

import httpx

from tests.proxy.openmetrics import read


async def burst(lab, kind: str, sender: str) -> set[int]:
    """Send far more than 20 messages a second and return the statuses that came back."""
    async with lab.as_partner(kind) as client:
        return {
            (await client.message(sender=sender, recipient="alice@contoso.example", text="x")).status
            for _ in range(150)
        }


async def test_too_fast_is_refused_shown_and_lifted_by_promoting(lab) -> None:
    domain = lab.partner("discovered").domain
    sender = f"ann@{domain}"
    assert lab("discovery", "on").code == 0
    assert await burst(lab, "discovered", sender) == {200, 503}
    (row,) = [line for line in lab("discovered", "list").out.splitlines() if line.startswith(domain)]
    assert "throttled" in row
    watched = lab("discovered", "watch-list")
    assert watched.code == 1
    assert "throttled" in watched.out
    assert lab("--json", "discovered", "watch-list").json["watch_list"][0]["refused_rate"] > 0
    why = lab("explain", sender, "alice@contoso.example")
    assert "14603" in why.out
    assert "not run" not in why.out
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=lab.at.socket)) as client:
        answer = await client.get("http://edge/v1/metrics")
    assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert read(answer.text)["edgeconsole_discovered_refused"].value(event="14603") > 0
    assert lab("discovered", "promote", domain, "--why", "INC-1").code == 0
    assert await burst(lab, "discovered", sender) == {200}
    watched = lab("--json", "discovered", "watch-list").json["watch_list"]
    assert domain not in {each for peer in watched for each in peer["domains"]}
    assert lab("discovered", "dismiss", domain).code != 0


async def test_a_discovered_partner_is_dismissed_or_blocked_in_one_command(lab) -> None:
    domain = lab.partner("discovered").domain
    assert lab("discovery", "on").code == 0
    async with lab.as_partner("discovered") as client:
        first = await client.message(sender=f"ann@{domain}", recipient="alice@contoso.example", text="x")
        assert first.status == 200
        assert lab("discovered", "dismiss", domain).code == 0
        assert lab("discovered", "block", domain, "--why", "INC-2").code == 0
    async with lab.as_partner("discovered") as client:
        refused = await client.message(sender=f"ann@{domain}", recipient="alice@contoso.example", text="x")
        assert refused.status == 403


async def test_the_partner_of_the_lab_that_sends_too_fast_is_held_back_once_it_is_discovered(lab) -> None:
    domain = lab.partner("throttled").domain
    assert lab("discovery", "on").code == 0
    assert await burst(lab, "throttled", f"will@{domain}") == {200, 503}
    (row,) = [line for line in lab("discovered", "list").out.splitlines() if line.startswith(domain)]
    assert "throttled" in row


async def test_explain_uses_the_names_that_a_partner_showed(lab) -> None:
    domain = lab.partner("wrong-name").domain
    async with lab.as_partner("wrong-name") as client:
        refused = await client.message(sender=f"ann@{domain}", recipient="alice@contoso.example", text="x")
    assert refused.status == 403
    why = lab("explain", f"ann@{domain}", "alice@contoso.example")
    assert why.code == 1
    assert "the certificate carries sip.someone-else.example" in why.out
