"""Advice on action items, on good and bad ones. English only, as the words that it goes by."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.drafting import domain
from services.drafting.adapters import wording
from services.drafting.domain.item_advice import LONGEST, RULES
from shared.contracts.action_items import ActionItem
from tests.helpers.builders import NOW
from tests.unit.drafting.test_action_items import ID, LATER, adding, changing, only, with_item
from tests.unit.drafting.test_domain import GUIDANCE, drafted

WORDS = wording()

GOOD = [
    "Set the size of the connection pool in our own configuration",
    "Add an alert on pool saturation above 80 % for checkout",
    "Remove the hard-coded DNS server from the payments base image",
    "Re-enable the rate limiter in front of the search API",
    "Load-test the order service at 3 times the peak of last November",
    "Auto-scale the consumers of the billing queue by its depth",
    "CHK-77: Move session storage out of the web nodes",
    "[checkout] Cap retries of the payment client at 3, with backoff",
    "- Rotate the certificate of the internal gateway by script",
    "TODO: delete the unused feature flag `new_cart`",
    "Please document the failover of the Postgres primary in the runbook",
    "We should page the storage on-call when replication lag passes 60 s",
    "Investigate the memory growth of the indexer and write down what holds the objects",
    "Decide whether the archive bucket needs versioning",
    "Reduce the start of the scheduler from 9 to under 2 minutes",
    "Improve the deploy script so that it refuses a migration without a rollback",
    "Monitor certificate expiry and alert 14 days before",
    "Stop cron jobs from running during a leader election",
    "Write a runbook for a full disk on the Kafka brokers",
    "Make the importer skip rows that it cannot parse",
    "Evaluate two queue libraries and choose one for the mailer",
    "Ensure that exports no longer hold a table lock",
    "Do not start the worker before the schema check has passed",
    "Back up /etc/haproxy before each change",
    "Give the support desk read access to the status page",
    "Keep 2 spare nodes in every availability zone",
    "Fail over to the standby region in the next drill",
    "Verify restored backups of the ledger in staging every week",
]

BAD = {
    "Database connection pool too small": {"no-verb"},
    "The alert was missing on the broker disks": {"no-verb"},
    "Alerting for the billing queue": {"no-verb"},
    "Better dashboards": {"no-verb", "no-scope"},
    "Investigate": {"vague-verb", "no-scope"},
    "Investigate the slow queries on the orders table": {"vague-verb"},
    "Look into why the cache of checkout was cold": {"vague-verb"},
    "Consider moving the scheduler to Kubernetes": {"vague-verb"},
    "Think about a second region for search": {"vague-verb"},
    "Try to reproduce the deadlock in the importer": {"vague-verb"},
    "Review all uses of the legacy billing client": {"vague-verb"},
    "1) Improve the reliability of the indexer": {"no-end"},
    "Improve monitoring": {"no-end", "no-scope"},
    "Improve the reliability of the payment gateway": {"no-end"},
    "Monitor the replication lag of the ledger": {"no-end"},
    "Make sure Terraform is up to date": {"no-end"},
    "Reduce the noise of pager rotations": {"no-end"},
    "Be more careful with production migrations": {"asks-for-attention"},
    "Remind everyone to check the deploy channel of payments": {"asks-for-attention"},
    "Remember to drain the node before an upgrade": {"asks-for-attention"},
    "Fix it": {"no-scope"},
    "Add tests": {"no-scope"},
    "Update the documentation": {"no-scope"},
    "Fix all bugs in the system": {"no-scope"},
    "Add more alerts": {"no-scope"},
    "Retry failed webhooks where possible": {"endless"},
    "Rotate the signing keys of the gateway going forward": {"endless"},
    "Clean up feature flags, dead cron jobs, etc": {"endless"},
    "Set the pool's size " + "because of all that was found out about it " * 6: {"too-long"},
    "- Add an index to the orders table\n- Raise the pool of checkout to 40": {"several-items"},
}


def rules(text: str) -> set[str]:
    return {advice.rule for advice in domain.advise(text, WORDS)}


@pytest.mark.parametrize("text", GOOD)
def test_of_a_good_item_nothing_is_said(text: str) -> None:
    assert domain.advise(text, WORDS) == ()


@pytest.mark.parametrize("text", BAD, ids=[text[:40] for text in BAD])
def test_of_a_bad_item_exactly_what_is_bad_about_it_is_said(text: str) -> None:
    assert rules(text) == BAD[text]


def test_there_is_a_bad_item_for_every_rule_and_words_for_each() -> None:
    assert set().union(*BAD.values()) == set(RULES) == set(WORDS.told)


def test_advice_says_what_it_found_why_it_matters_and_what_to_do() -> None:
    (advice,) = domain.advise("Look into why the cache of checkout was cold", WORDS)
    assert advice.rule == "vague-verb"
    assert advice.reason == "“look into” can go on for ever: nobody can say when it is done."
    assert advice.hint.startswith("Say what will be there in the end")


def test_what_was_found_is_told_as_it_is_written_whatever_it_is() -> None:
    (advice,) = domain.advise("Teapot's {found} {0} of checkout", WORDS)
    assert "“teapot's”" in advice.reason


@pytest.mark.parametrize("text", ["接続プールの上限を設定する", "Добавить оповещение", "!!!", "42"])
def test_of_what_has_no_word_that_is_read_here_only_its_length_is_told(text: str) -> None:
    assert rules(text) == set()
    assert rules(text * 200) <= {"too-long"}


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=1000))
def test_any_text_has_advice_in_the_order_of_the_rules_each_rule_once(text: str) -> None:
    told = [advice.rule for advice in domain.advise(text, WORDS)]
    order = list(RULES)
    assert all(order.index(one) < order.index(next) for one, next in pairwise(told))
    assert domain.advise(text, WORDS) == domain.advise(text, WORDS)


def test_no_text_of_the_longest_kind_takes_long_to_look_at() -> None:
    for piece in (" ", "- ", "a-", "[", "1) ", "TODO ", "and ", "\n- "):
        domain.advise(piece * (1000 // len(piece)), WORDS)  # the test's own timeout is the bound


def test_an_item_carries_the_advice_on_its_text_and_is_added_all_the_same() -> None:
    item = only(domain.add_item(drafted(), adding(text="Improve monitoring"), ID, GUIDANCE, NOW))
    assert [advice.rule for advice in item.advice] == ["no-end", "no-scope"]
    assert ActionItem.model_validate_json(item.model_dump_json()) == item


def test_a_change_of_the_text_changes_the_advice_and_another_change_keeps_it() -> None:
    before = with_item(text="Improve monitoring")
    advised = only(domain.change_item(before, changing(priority="p0"), GUIDANCE, LATER))
    assert [advice.rule for advice in advised.advice] == ["no-end", "no-scope"]
    better = domain.change_item(before, changing(text="Alert on pool saturation of checkout"), GUIDANCE, LATER)
    assert only(better).advice == ()


def test_an_item_that_was_stored_before_there_was_advice_has_none() -> None:
    (item,) = with_item().action_items
    stored = item.model_dump(mode="json", exclude={"advice"})
    assert ActionItem.model_validate(stored).advice == ()


def test_the_longest_good_text_is_as_long_as_it_says() -> None:
    text = "Set the pool of checkout to 40" + "x" * (LONGEST - 30)
    assert rules(text) == set()
    assert rules(text + "x") == {"too-long"}
