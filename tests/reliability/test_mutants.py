"""Taking away any fsync, lock or order step of a safe change is noticed by one of the proofs beside this file."""

from pathlib import Path

import pytest

from tests.reliability.mutants import MUTANTS, Mutant, notices


@pytest.mark.slow
def test_no_proof_complains_of_the_product_as_it_is(tmp_path: Path) -> None:
    for number, mutant in enumerate(MUTANTS):
        directory = tmp_path / str(number)
        directory.mkdir()
        assert notices(mutant._replace(mutate=_nothing), directory) == [], mutant.step


def _nothing() -> None:
    """Take nothing away."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.step)
def test_a_step_that_is_taken_away_is_missed(tmp_path: Path, mutant: Mutant) -> None:
    assert notices(mutant, tmp_path), f"nothing notices that this is gone: {mutant.step}"
