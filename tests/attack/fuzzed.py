"""A few spoilt files of each kind through the pages and the inbox of the served product; the many go through `tests.attack.fuzz`."""

from __future__ import annotations

from collections import Counter
from secrets import randbelow, token_hex

from tests.attack import evidence
from tests.attack.deliveries import csv_of, lay, leftovers, people, receive, take_away, upload, wrong_pages
from tests.attack.mutations import mutated
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product
from tests.attack.seeds import NAMES

EACH = 12
PAPERS = ("jpeg", "png", "pdf")
DELIVERIES = ("xlsx", "ods", "parquet", "gzip", "csv", "zip")


@attack("fuzz", order=66)
def spoilt_papers(product: Product) -> Outcome:
    """Spoilt pictures and PDF are sent to a line of the survey, and what was kept is looked at."""
    seed, holes, counts = randbelow(10**6), [], Counter[str]()
    for kind in PAPERS:
        _, client = product.fresh("TOWN_CLERK", product.place["town"])
        for number in range(EACH):
            before, name = evidence.last(product), f"{token_hex(3)}-{NAMES[kind]}"
            answer = evidence.add(product, name, mutated(kind, seed=seed, number=number), client=client)
            kept = evidence.kept(product, before)
            shown = client.get(f"/evidence/{kept}/pages/1/") if kept else answer
            counts["kept" if kept else "refused"] += 1
            holes += [f"{kind} {seed}/{number}: {each.status}" for each in (answer, shown) if each.status >= 500]
    holes += [f"left behind: {name}" for name in leftovers(product)]
    return judged(holes, f"seed {seed}: {dict(counts)}", was_refused=False)


@attack("fuzz", order=66)
def spoilt_uploads(product: Product) -> Outcome:
    """Spoilt lists are uploaded as deliveries: each job ends with a batch or a sentence."""
    seed, holes, counts = randbelow(10**6), [], Counter[str]()
    for kind in DELIVERIES:
        for number in range(EACH):
            name = f"{token_hex(3)}{NAMES[kind].removeprefix('police')}"
            answer, job = upload(product, {name: mutated(kind, seed=seed, number=number)})
            is_said = job.state == "DONE" or job.was_refused or (not job.number and answer.status in (200, 422))
            counts[job.state if job.number else f"page {answer.status}"] += 1
            holes += (
                [] if is_said and answer.status < 500 else [f"{kind} {seed}/{number}: {answer.status}, {job.says[:80]}"]
            )
            holes += [f"{kind} {seed}/{number}: {job.attempts} attempts"] if job.attempts > 1 else []
    holes += [f"left behind: {name}" for name in leftovers(product)]
    return judged(holes, f"seed {seed}: {dict(counts)}", was_refused=False)


@attack("fuzz", order=66)
def spoilt_manifests(product: Product) -> Outcome:
    """Spoilt manifests lie in the inbox: the list, the folder and the job say what is wrong."""
    seed, holes, counts = randbelow(10**6), [], Counter[str]()
    for number in range(EACH * 2):
        name = f"fuzz-{token_hex(3)}"
        lay(product, name, {"police.csv": csv_of(people(4))}, manifest=mutated("manifest", seed=seed, number=number))
        answers, job = receive(product, name)
        take_away(product, name)
        counts[job.state] += 1
        wrong = wrong_pages(answers) + ([job.says[:80]] if "程序内部错误" in job.message else [])
        holes += [f"manifest {seed}/{number}: {hole}" for hole in wrong]
    return judged(holes, f"seed {seed}: {dict(counts)}", was_refused=False)
