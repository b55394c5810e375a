"""The tree gives the public vectors, and no false proof passes."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anze.lib import merkle

VECTORS = json.loads((Path(__file__).parent / "merkle_vectors.json").read_text())
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]
LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
SOME_HASH = bytes.fromhex(VECTORS["some_hash"])
WRAP = 2**64  # the suite computes sizes in 64-bit unsigned integers


class Store:
    """A tree kept as a caller keeps it: completed nodes by (level, index)."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.asked: list[tuple[int, int]] = []
        edge = merkle.Range()
        for leaf in leaves:
            for level, index, value in edge.append(leaf):
                assert (level, index) not in self.nodes
                self.nodes[level, index] = value

    def get(self, level: int, index: int) -> bytes:
        self.asked.append((level, index))
        return self.nodes[level, index]


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 §2.1 defines it, by recursion over the list."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return merkle.node_hash(by_definition(leaves[:half]), by_definition(leaves[half:]))


MANY = [merkle.leaf_hash(b"leaf %d" % number) for number in range(64)]
MANY_ROOTS = [by_definition(MANY[:size]) for size in range(65)]
STORE = Store(MANY)


# The public vectors


class Inclusion(NamedTuple):
    index: int
    size: int
    leaf: bytes
    root: bytes
    proof: list[bytes]


class Consistency(NamedTuple):
    old: int
    new: int
    old_root: bytes
    new_root: bytes
    proof: list[bytes]


def inclusion_happy() -> list[Inclusion]:
    return [
        Inclusion(index, size, LEAVES[index], ROOTS[size - 1], [bytes.fromhex(h) for h in proof])
        for index, size, proof in VECTORS["inclusion"]
    ]


def consistency_happy() -> list[Consistency]:
    return [
        Consistency(old, new, ROOTS[old - 1], ROOTS[new - 1], [bytes.fromhex(h) for h in proof])
        for old, new, proof in VECTORS["consistency"]
    ]


def flip(proof: list[bytes], at: int, bit: int) -> list[bytes]:
    changed = bytes([proof[at][0] ^ 1 << bit]) + proof[at][1:]
    return [*proof[:at], changed, *proof[at + 1 :]]


def inclusion_corrupted(good: Inclusion) -> Iterator[tuple[str, Inclusion]]:
    index, size, _, root, proof = good
    yield "index - 1", good._replace(index=(index - 1) % WRAP)
    yield "index + 1", good._replace(index=index + 1)
    yield "index ^ 2", good._replace(index=index ^ 2)
    yield "size * 2", good._replace(size=size * 2)
    yield "size / 2", good._replace(size=size // 2)
    yield "wrong leaf", good._replace(leaf=b"WrongLeaf")
    yield "empty root", good._replace(root=merkle.EMPTY_ROOT)
    yield "random root", good._replace(root=SOME_HASH)
    yield "trailing garbage", good._replace(proof=[*proof, b""])
    yield "trailing root", good._replace(proof=[*proof, root])
    yield "preceding garbage", good._replace(proof=[b"", *proof])
    yield "preceding root", good._replace(proof=[root, *proof])
    for at in range(len(proof)):
        yield f"modified proof[{at}] bit 3", good._replace(proof=flip(proof, at, 3))
    if proof:
        yield "removed component", good._replace(proof=proof[:-1])
    if len(proof) > 1:
        yield "inserted component", good._replace(proof=[proof[0], SOME_HASH, *proof[1:]])


def consistency_corrupted(good: Consistency) -> Iterator[tuple[str, Consistency]]:
    old, new, old_root, new_root, proof = good
    if not proof:
        return
    yield "old - 1", good._replace(old=(old - 1) % WRAP)
    yield "old + 1", good._replace(old=old + 1)
    yield "old ^ 2", good._replace(old=old ^ 2)
    yield "new * 2", good._replace(new=new * 2)
    yield "new / 2", good._replace(new=new // 2)
    yield "wrong old root", good._replace(old_root=b"WrongRoot")
    yield "wrong new root", good._replace(new_root=b"WrongRoot")
    yield "swapped roots", good._replace(old_root=new_root, new_root=old_root)
    yield "empty proof", good._replace(proof=[])
    yield "trailing garbage", good._replace(proof=[*proof, b""])
    yield "trailing old root", good._replace(proof=[*proof, old_root])
    yield "trailing new root", good._replace(proof=[*proof, new_root])
    yield "preceding garbage", good._replace(proof=[b"", *proof])
    yield "preceding old root", good._replace(proof=[old_root, *proof])
    yield "preceding new root", good._replace(proof=[new_root, *proof])
    yield "preceding proof[0]", good._replace(proof=[proof[0], *proof])
    yield "truncated proof", good._replace(proof=proof[:-1])
    for at in range(len(proof)):
        yield f"modified proof[{at}] bit 4", good._replace(proof=flip(proof, at, 4))


def public_inclusion() -> Iterator[tuple[str, Inclusion, bool]]:
    for number, good in enumerate(inclusion_happy()):
        yield f"{number}: happy path", good, True
        for name, bad in inclusion_corrupted(good):
            yield f"{number}: {name}", bad, False
    for name, index, size, leaf, root, proof, valid in VECTORS["more_inclusion"]:
        hashes = [bytes.fromhex(h) for h in proof]
        probe = Inclusion(index, size, bytes.fromhex(leaf), bytes.fromhex(root), hashes)
        yield name, probe, valid


def public_consistency() -> Iterator[tuple[str, Consistency, bool]]:
    for number, good in enumerate(consistency_happy()):
        yield f"{number}: happy path", good, True
        for name, bad in consistency_corrupted(good):
            yield f"{number}: {name}", bad, False
    for name, old, new, first, second, proof, valid in VECTORS["more_consistency"]:
        hashes = [bytes.fromhex(h) for h in proof]
        probe = Consistency(old, new, bytes.fromhex(first), bytes.fromhex(second), hashes)
        yield name, probe, valid


def verify_inclusion(probe: Inclusion) -> bool:
    return merkle.verify_inclusion(probe.index, probe.size, probe.leaf, probe.proof, probe.root)


def verify_consistency(probe: Consistency) -> bool:
    return merkle.verify_consistency(
        probe.old, probe.new, probe.old_root, probe.new_root, probe.proof
    )


def test_the_public_suite_has_196_probes():
    assert len(list(public_inclusion())) + len(list(public_consistency())) == 196


@pytest.mark.parametrize(
    ("probe", "valid"), [pytest.param(p, v, id=n) for n, p, v in public_inclusion()]
)
def test_public_inclusion_probes_are_judged_as_published(probe, valid):
    assert verify_inclusion(probe) is valid


@pytest.mark.parametrize(
    ("probe", "valid"), [pytest.param(p, v, id=n) for n, p, v in public_consistency()]
)
def test_public_consistency_probes_are_judged_as_published(probe, valid):
    assert verify_consistency(probe) is valid


def test_the_reference_tree_has_the_published_roots():
    assert merkle.root([]).hex() == VECTORS["empty_root"]
    assert [merkle.root(LEAVES[:size]) for size in range(1, 9)] == ROOTS


def test_the_reference_tree_gives_the_published_proofs():
    store = Store(LEAVES)
    for good in inclusion_happy():
        assert merkle.inclusion_proof(good.index, good.size, store.get) == good.proof
    for good in consistency_happy():
        assert merkle.consistency_proof(good.old, good.new, store.get) == good.proof


# Every proof of every small tree


def test_every_inclusion_proof_up_to_64_leaves_verifies_and_no_mutation_does():
    proofs = mutations = 0
    for size in range(1, 65):
        for index in range(size):
            path = merkle.inclusion_proof(index, size, STORE.get)
            good = Inclusion(index, size, MANY[index], MANY_ROOTS[size], path)
            assert verify_inclusion(good)
            proofs += 1
            for name, bad in inclusion_corrupted(good):
                assert not verify_inclusion(bad), (good, name)
                mutations += 1
    assert (proofs, mutations > 30_000) == (2080, True)


def test_every_consistency_proof_up_to_64_leaves_verifies_and_no_mutation_does():
    proofs = mutations = 0
    for new in range(1, 65):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(old, new, STORE.get)
            good = Consistency(old, new, MANY_ROOTS[old], MANY_ROOTS[new], proof)
            assert verify_consistency(good)
            proofs += 1
            for name, bad in consistency_corrupted(good):
                assert not verify_consistency(bad), (good, name)
                mutations += 1
    assert (proofs, mutations > 40_000) == (2080, True)


def test_a_path_shows_its_leaf_at_no_other_index_of_the_tree():
    for size in range(1, 33):
        for index in range(size):
            path = merkle.inclusion_proof(index, size, STORE.get)
            accepted = [
                other
                for other in range(size)
                if merkle.verify_inclusion(other, size, MANY[index], path, MANY_ROOTS[size])
            ]
            assert accepted == [index]


def test_a_proof_longer_than_the_tree_is_high_is_refused_even_if_its_hashes_join():
    leaf, other = MANY[0], MANY[1]
    joined = merkle.node_hash(other, leaf)
    assert not merkle.verify_inclusion(0, 1, leaf, [other], joined)
    proof = merkle.consistency_proof(1, 2, STORE.get)
    longer_old, longer_new = merkle.node_hash(other, leaf), merkle.node_hash(other, MANY_ROOTS[2])
    assert not merkle.verify_consistency(1, 2, longer_old, longer_new, [*proof, other])
    proof = merkle.consistency_proof(3, 4, STORE.get)
    old_root, new_root = (merkle.node_hash(other, MANY_ROOTS[size]) for size in (3, 4))
    assert not merkle.verify_consistency(3, 4, old_root, new_root, [*proof, other])


def test_the_nodes_announced_for_a_proof_are_those_it_reads():
    for size in range(1, 65):
        for index in range(size):
            STORE.asked.clear()
            merkle.inclusion_proof(index, size, STORE.get)
            assert merkle.inclusion_nodes(index, size) == STORE.asked
            STORE.asked.clear()
            merkle.consistency_proof(index, size, STORE.get)
            assert merkle.consistency_nodes(index, size) == STORE.asked


def test_any_tree_extends_the_empty_one_without_proof_but_nothing_is_proven():
    assert merkle.consistency_proof(0, 8, STORE.get) == []
    assert not merkle.verify_consistency(0, 8, merkle.EMPTY_ROOT, MANY_ROOTS[8], [])


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (6, 5)])
def test_asking_for_a_leaf_that_is_not_there_is_an_error(index, size):
    with pytest.raises(ValueError):
        merkle.inclusion_proof(index, size, STORE.get)
    assert not merkle.verify_inclusion(index, size, MANY[0], [], MANY_ROOTS[1])


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5), (-2, -1)])
def test_asking_for_consistency_with_a_smaller_tree_is_an_error(old, new):
    with pytest.raises(ValueError):
        merkle.consistency_proof(old, new, STORE.get)
    assert not merkle.verify_consistency(old, new, MANY_ROOTS[1], MANY_ROOTS[1], [])


# The growing edge


@given(st.lists(st.binary(max_size=8), max_size=200))
@settings(deadline=None)
def test_appending_gives_the_root_of_the_definition(data):
    leaves = [merkle.leaf_hash(item) for item in data]
    assert merkle.root(leaves) == by_definition(leaves)


@given(st.integers(0, 64), st.integers(0, 64))
def test_an_edge_loaded_from_the_store_grows_like_one_never_put_down(size, more):
    edge = merkle.load_range(size, STORE.get)
    assert edge.root() == merkle.root_at(size, STORE.get) == MANY_ROOTS[size]
    for leaf in MANY[size : size + more]:
        edge.append(leaf)
    assert edge.root() == MANY_ROOTS[min(64, size + more)]


def test_a_copy_grows_apart_from_its_original():
    edge = merkle.load_range(5, STORE.get)
    edge.copy().append(MANY[5])
    assert (edge.size, edge.root()) == (5, MANY_ROOTS[5])


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_tiles_of_a_range_cover_it_once_and_in_order(begin, length):
    position = begin
    for level, index in merkle.range_nodes(begin, begin + length):
        assert index << level == position
        position += 1 << level
    assert position == begin + length


def test_an_edge_with_the_wrong_number_of_nodes_is_refused():
    with pytest.raises(ValueError, match="edge nodes"):
        merkle.Range(3, [MANY[0]])


def test_a_leaf_that_is_no_hash_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.Range().append(b"short")


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_random_nonsense_is_never_a_proof(data):
    size = data.draw(st.integers(1, 64))
    index = data.draw(st.integers(0, size - 1))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    proof = [rng.randbytes(32) for _ in range(data.draw(st.integers(0, 8)))]
    if proof != merkle.inclusion_proof(index, size, STORE.get):
        assert not merkle.verify_inclusion(index, size, MANY[index], proof, MANY_ROOTS[size])
    if index and proof != merkle.consistency_proof(index, size, STORE.get):
        assert not merkle.verify_consistency(
            index, size, MANY_ROOTS[index], MANY_ROOTS[size], proof
        )
