import JournalTestKit
import Testing
import TransparencyLog

/// The proofs that we make: those of the definition, taken by our verifier and by no other claim.
@Suite struct ProofPlanTests {
    static let tree = PlainTree(count: 70)

    private func hashes(_ ranges: [Range<UInt64>]?) throws -> [Hash] {
        try #require(ranges).map { Self.tree.root($0) }
    }

    @Test func inclusionIsThatOfTheDefinition() throws {
        for size in 1...Self.tree.leaves.count {
            let root = Self.tree.root(0..<size)
            for index in 0..<size {
                let proof = try hashes(ProofPlan.inclusion(of: UInt64(index), in: UInt64(size)))
                #expect(proof == Self.tree.path(index, 0..<size))
                #expect(
                    TreeProof.verifyInclusion(
                        of: Self.tree.leaves[index], at: UInt64(index), in: UInt64(size),
                        root: root, proof: proof))
                #expect(
                    !TreeProof.verifyInclusion(
                        of: Self.tree.leaves[index], at: UInt64((index + 1) % size),
                        in: UInt64(size), root: root, proof: proof) || size == 1)
                #expect(
                    !TreeProof.verifyInclusion(
                        of: Self.tree.leaves[index], at: UInt64(index), in: UInt64(size),
                        root: root, proof: proof + [Hash()]))
            }
        }
    }

    @Test func consistencyIsThatOfTheDefinition() throws {
        for second in 1...Self.tree.leaves.count {
            let secondRoot = Self.tree.root(0..<second)
            for first in 1...second {
                let firstRoot = Self.tree.root(0..<first)
                let proof = try hashes(
                    ProofPlan.consistency(from: UInt64(first), to: UInt64(second)))
                #expect(proof == Self.tree.consistency(first, second))
                func isTaken(_ one: Hash, _ other: Hash, _ proof: [Hash]) -> Bool {
                    TreeProof.verifyConsistency(
                        from: UInt64(first), to: UInt64(second), firstRoot: one,
                        secondRoot: other, proof: proof)
                }
                #expect(isTaken(firstRoot, secondRoot, proof))
                #expect(!isTaken(Hash(), secondRoot, proof))
                #expect(!isTaken(firstRoot, Hash(), proof))
                #expect(!isTaken(firstRoot, secondRoot, proof + [Hash()]))
                if !proof.isEmpty {
                    #expect(!isTaken(firstRoot, secondRoot, Array(proof.dropLast())))
                    #expect(!isTaken(firstRoot, secondRoot, Array(proof.dropFirst())))
                }
            }
        }
    }

    /// From the empty tree the standards differ: the witness protocol wants an empty proof, and most
    /// verifiers take none at all.
    @Test func theEmptyTreeIsTakenByOneRuleOnly() {
        let empty = RunningTree().root
        func isTaken(
            _ second: UInt64, _ firstRoot: Hash, _ secondRoot: Hash, _ proof: [Hash],
            _ rule: TreeProof.EmptyTreeRule
        ) -> Bool {
            TreeProof.verifyConsistency(
                from: 0, to: second, firstRoot: firstRoot, secondRoot: secondRoot, proof: proof,
                emptyTree: rule)
        }
        let five = Self.tree.root(0..<5)
        #expect(ProofPlan.consistency(from: 0, to: 5) == [])
        #expect(!isTaken(5, empty, five, [], .refused))
        #expect(!isTaken(0, empty, empty, [], .refused))
        #expect(isTaken(5, empty, five, [], .emptyProof))
        #expect(isTaken(0, empty, empty, [], .emptyProof))
        #expect(!isTaken(5, empty, five, [Hash()], .emptyProof))
        #expect(!isTaken(0, empty, five, [], .emptyProof))
        #expect(!isTaken(5, five, five, [], .emptyProof))
    }

    @Test func subtreesAreProvedInEveryTree() throws {
        let count = UInt64(40)
        for size in 1...count {
            let root = Self.tree.root(0..<size)
            for start in 0..<size {
                for end in (start + 1)...size {
                    let range = start..<end
                    let plan = ProofPlan.subtreeConsistency(of: range, in: size)
                    #expect((plan != nil) == Subtree.isValid(range))
                    guard let plan else { continue }
                    let proof = try hashes(plan)
                    let part = Self.tree.root(range)
                    func isTaken(_ part: Hash, _ root: Hash, _ range: Range<UInt64>) -> Bool {
                        TreeProof.verifySubtreeConsistency(
                            of: range, in: size, subtreeRoot: part, root: root, proof: proof)
                    }
                    #expect(isTaken(part, root, range))
                    #expect(!isTaken(Hash(), root, range))
                    #expect(!isTaken(part, Hash(), range))
                    #expect(!isTaken(part, root, range.lowerBound..<(size + 1)))
                }
            }
        }
        for range in [3..<5, 2..<5, 2..<6, 1..<3, 5..<5] as [Range<UInt64>] {
            #expect(!Subtree.isValid(range))
        }
        for range in [0..<5, 4..<6, 8..<11, 6..<7] as [Range<UInt64>] {
            #expect(Subtree.isValid(range))
        }
    }

    @Test func aLeafIsProvedInASubtree() throws {
        let range: Range<UInt64> = 8..<13
        let plan = try #require(ProofPlan.inclusion(of: 3, in: 5))
        let proof = plan.map {
            Self.tree.root($0.lowerBound + 8..<$0.upperBound + 8)
        }
        func isTaken(at index: UInt64, in range: Range<UInt64>) -> Bool {
            TreeProof.verifySubtreeInclusion(
                of: Self.tree.leaves[11], at: index, in: range,
                root: Self.tree.root(8..<13 as Range<UInt64>), proof: proof)
        }
        #expect(isTaken(at: 11, in: range))
        #expect(!isTaken(at: 10, in: range))
        #expect(!isTaken(at: 13, in: range))
        #expect(!isTaken(at: 11, in: 9..<13))
    }

    @Test func whatIsNotThereHasNoProof() {
        #expect(ProofPlan.inclusion(of: 5, in: 5) == nil)
        #expect(ProofPlan.inclusion(of: 0, in: .max) == nil)
        #expect(ProofPlan.consistency(from: 6, to: 5) == nil)
        #expect(ProofPlan.consistency(from: 1, to: .max) == nil)
        #expect(ProofPlan.subtreeConsistency(of: 4..<9, in: 8) == nil)
        #expect(!TreeProof.verifyInclusion(of: Hash(), at: 0, in: .max, root: Hash(), proof: []))
        #expect(
            !TreeProof.verifyConsistency(
                from: 1, to: .max, firstRoot: Hash(), secondRoot: Hash(), proof: []))
    }

    /// Proofs of trees near the largest are as short as they must be, and take no time.
    @Test func hugeTreesAreNoTrouble() throws {
        let size = RunningTree.maximumSize
        let plan = try #require(ProofPlan.inclusion(of: size / 3, in: size))
        #expect(plan.count == 63)
        let parts = try #require(ProofPlan.consistency(from: size / 3, to: size))
        #expect(parts.count <= TreeProof.maximumCount)
        let nodes = parts.map { range in
            TreeNode.hash(of: range) { _ in Hash() }
        }
        #expect(nodes.count == parts.count)
    }
}
