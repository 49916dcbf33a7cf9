import Testing
import TransparencyLog

/// Checkpoints, proof files and requests to witnesses, by the C2SP pages tlog-checkpoint, tlog-proof
/// and tlog-witness.
@Suite struct CheckpointTests {
    static let sofa = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        """

    @Test func readsTheExampleOfTheStandard() throws {
        let checkpoint = try #require(Checkpoint(text: Self.sofa))
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.extensions.isEmpty)
        #expect(checkpoint.text == Self.sofa)
        let made = Checkpoint(
            origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root)
        #expect(made == checkpoint)
        let extended = try #require(Checkpoint(text: Self.sofa + "more\nand more\n"))
        #expect(extended.extensions == ["more", "and more"])
        #expect(extended.text == Self.sofa + "more\nand more\n")
    }

    @Test(arguments: [
        "", "a\n", "a\n1\n", "a\n1\nx\n", "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n18446744073709551615\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a\n1\nAAAA\n",
    ])
    func refusesWhatIsNoCheckpoint(_ text: String) {
        #expect(Checkpoint(text: text) == nil)
    }

    /// A proof of leaf 5 of 11.
    private func proof() throws -> (PlainTree, LogProof) {
        let tree = PlainTree(count: 11)
        let checkpoint = Checkpoint(origin: "log", size: 11, root: tree.root(0..<11))
        let note = try NoteTests.signed(checkpoint.text, [NoteTests.key("log", 1)])
        return (tree, LogProof(index: 5, hashes: tree.path(5, 0..<11), note: note))
    }

    @Test func aProofIsOneFile() throws {
        var (tree, proof) = try proof()
        #expect(proof.includes(tree.leaves[5]))
        #expect(!proof.includes(tree.leaves[4]))
        let read = try #require(LogProof(Array(proof.text.utf8)))
        #expect(read == proof)
        let lines = proof.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "c2sp.org/tlog-proof@v1" && lines[1] == "index 5")
        #expect(lines[2 + proof.hashes.count] == "")
        proof.extra = Array("{\"seq\":6}".utf8)
        #expect(LogProof(Array(proof.text.utf8)) == proof)
        #expect(proof.text.contains("\nextra eyJzZXEiOjZ9\n"))
        proof.index = 12
        #expect(!proof.includes(tree.leaves[5]))
        let note = try #require(SignedNote(text: "no checkpoint\n"))
        #expect(!LogProof(index: 0, hashes: [], note: note).includes(Hash()))
    }

    /// Whatever is changed of a proof file, it proves the leaf at its index or nothing.
    @Test func everyChangeOfAProofIsNoticed() throws {
        let (tree, proof) = try proof()
        let bytes = Array(proof.text.utf8)
        let key = try NoteTests.key("log", 1)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << UInt8(bit)
                guard let read = LogProof(flipped) else { continue }
                let holds =
                    read.includes(tree.leaves[5])
                    && read.note.state(of: key, NoteTests.check) == .valid(time: nil)
                #expect(!holds, "byte \(index), bit \(bit)")
            }
        }
        for count in bytes.indices {
            // Without its signatures it is a proof about a tree that nobody has signed.
            guard let read = LogProof(Array(bytes[..<count])) else { continue }
            #expect(bytes[..<count].suffix(2) == Array("\n\n".utf8)[...], "cut at \(count)")
            #expect(read.note.signatures.isEmpty)
            #expect(read.note.state(of: key, NoteTests.check) == .absent)
        }
    }

    @Test(arguments: [
        "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\n", "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n", "c2sp.org/tlog-proof@v1\nindex\n\n",
        "c2sp.org/tlog-proof@v1\n\n", "\u{1}",
    ])
    func refusesWhatIsNoProof(_ head: String) throws {
        let note = try NoteTests.signed(Self.sofa, [NoteTests.key("log", 1)])
        #expect(LogProof(Array(head.utf8)) == nil)
        #expect(LogProof(Array((head + note.description).utf8)) == nil)
    }

    @Test func proofsAndRequestsAreBounded() throws {
        let note = try NoteTests.signed(Self.sofa, [NoteTests.key("log", 1)])
        let many = [Hash](repeating: Hash(), count: TreeProof.maximumCount)
        #expect(LogProof(Array(LogProof(index: 0, hashes: many, note: note).text.utf8)) != nil)
        let more = LogProof(index: 0, hashes: many + [Hash()], note: note)
        #expect(LogProof(Array(more.text.utf8)) == nil)
        let request = WitnessRequest(oldSize: 1, hashes: Array(many.prefix(63)), note: note)
        #expect(WitnessRequest(Array(request.text.utf8)) == request)
        let long = WitnessRequest(oldSize: 1, hashes: Array(many.prefix(64)), note: note)
        #expect(WitnessRequest(Array(long.text.utf8)) == nil)
    }

    /// The example of the standard, its signatures included.
    @Test func readsTheRequestOfTheStandard() throws {
        let text = """
            old 20852014
            PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
            jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
            5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
            /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

            \(Self.sofa)
            — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe\
            4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

            """
        let request = try #require(WitnessRequest(Array(text.utf8)))
        #expect(request.oldSize == 20_852_014 && request.hashes.count == 4)
        #expect(Checkpoint(text: request.note.text)?.size == 20_852_163)
        #expect(request.text == text)
        for bad in ["", "old\n\n", "old 01\n\n", "new 1\n\n", "old 1\nAAAA\n\n"] {
            #expect(WitnessRequest(Array((bad + request.note.description).utf8)) == nil)
        }
    }
}
