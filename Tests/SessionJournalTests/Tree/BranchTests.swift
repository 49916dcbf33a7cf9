import JournalTestKit
import SessionJournal
import Testing

/// The acts on branches, through a writer.
struct BranchTests {
    let journal = Journal.inMemory()
    var ada: JournalWriter { journal.as("user:ada") }
    var bob: JournalWriter { journal.as("user:bob") }

    private func path(_ branch: String, _ session: SessionID) async throws -> [String] {
        let state = try await journal.state(of: session)
        return try #require(state.tree.path(ofBranch: branch)).messages.map { $0.preview() }
    }

    private func code(_ body: () async throws -> Void) async -> JournalError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? JournalError)?.code
        }
    }

    /// A session in which "one", "two" and "three" were said.
    private func session() async throws -> (SessionID, [MessageReceipt]) {
        let session = try await ada.createSession(metadata: ["model": "m1"])
        var said: [MessageReceipt] = []
        for text in ["one", "two", "three"] {
            said.append(try await ada.say("user", text, in: session))
        }
        return (session, said)
    }

    @Test func aBranchBeginsWithItsFirstWordsAndMetadataInOneCommit() async throws {
        let (session, _) = try await session()
        let made = try await ada.createBranch(
            "idea", in: session, description: "another way", metadata: ["model": "m2"],
            firstMessage: ("user", "four"), reason: "curious")
        #expect(made.receipts.map(\.version) == [5, 6, 7])
        #expect(Set(made.receipts.map(\.time)).count == 1)
        let state = try await journal.state(of: session)
        let branch = try #require(state.tree.branch("idea"))
        #expect(branch.parent == "main" && branch.creator == "user:ada")
        #expect(branch.text == "another way" && branch.createdSequence == 5)
        #expect(branch.head?.message == made.message)
        #expect(try await path("idea", session) == ["one", "two", "three", "four"])
        #expect(try await path("main", session) == ["one", "two", "three"])
        #expect(state.metadata(on: "idea")["model"] == "m2")
        #expect(state.metadata(on: "main")["model"] == "m1")
        #expect(try await journal.event(at: 5)?.reason == "curious")
    }

    @Test func aBranchBeginsAtAMessageOrAsOfAnEvent() async throws {
        let (session, said) = try await session()
        try await ada.setMetadata(["model": "m2"], in: session)  // 5
        try await ada.edit(said[0].message, text: "ONE", in: session)  // 6
        try await ada.createBranch("a", in: session, from: .message(said[1].message))
        try await ada.createBranch("b", in: session, from: .event(3))
        #expect(try await path("a", session) == ["ONE", "two"])
        // As of event 3: two messages, the text and the model of then.
        #expect(try await path("b", session) == ["one", "two"])
        let state = try await journal.state(of: session)
        #expect(state.metadata(on: "a")["model"] == "m2")
        #expect(state.metadata(on: "b")["model"] == "m1")
        // Nothing was copied: both are one event.
        #expect(state.version == 8)
        let trail = try await journal.audit(of: session)
        #expect(trail.entries.filter { $0.field == "model" }.count == 2)
    }

    @Test func whatCannotBeMadeIsRefused() async throws {
        let (session, _) = try await session()
        try await ada.createBranch("idea", in: session)
        #expect(
            await code { try await ada.createBranch("idea", in: session) } == .branchExists)
        #expect(
            await code { try await ada.createBranch("main", in: session) } == .branchExists)
        #expect(
            await code { try await ada.createBranch("x", in: session, of: "no") }
                == .branchNotFound)
        #expect(
            await code { try await ada.createBranch("x", in: session, from: .message("no")) }
                == .messageNotFound)
        #expect(
            await code { try await ada.createBranch("a\u{1B}b", in: session) } == .invalidEvent)
        #expect(await code { try await ada.createBranch("", in: session) } == .invalidEvent)
        #expect(
            await code {
                try await ada.createBranch(String(repeating: "x", count: 256), in: session)
            } == .tooLarge)
        #expect(
            await code {
                try await ada.createBranch("x", in: session, metadata: ["name": "n"])
            } == .invalidArgument)
        let version = try await journal.store.head(of: session)?.version
        #expect(version == 5)
    }

    @Test func nestingHasALimitThatAnImportDoesNotHave() async throws {
        let session = try await ada.createSession()
        var parent: String?
        for depth in 1...10 {
            try await ada.createBranch("b\(depth)", in: session, of: parent)
            parent = "b\(depth)"
        }
        #expect(
            await code { try await ada.createBranch("deep", in: session, of: "b10") } == .tooLarge)
        // An import appends what its source says.
        try await ada.append(
            EventDraft(
                .branchCreated,
                data: ["branch": "deep", "from": nil, "type": "fork", "parent_branch": "b10"]),
            to: session)
        let tree = try await journal.tree(of: session)
        #expect(tree.depth(ofBranch: "main") == 0)
        #expect(tree.depth(ofBranch: "b10") == 10)
        #expect(tree.depth(ofBranch: "deep") == 11)
        #expect(tree.depth(ofBranch: "no") == nil)
        var options = JournalOptions()
        options.branchDepth = 2
        let strict = Journal(store: journal.store, options: options)
        #expect(
            await code {
                try await strict.as("user:ada").createBranch("x", in: session, of: "b2")
            } == .tooLarge)
    }

    @Test func eachParticipantHasABranchOfItsOwn() async throws {
        let (session, _) = try await session()
        try await ada.createBranch("idea", in: session)
        #expect(try await ada.switchBranch(to: "idea", in: session) != nil)
        #expect(try await ada.switchBranch(to: "idea", in: session) == nil)
        try await ada.say("user", "on idea", in: session)
        try await bob.say("user", "on main", in: session)
        try await ada.say("user", "on idea again", in: session)
        #expect(
            try await path("idea", session) == ["one", "two", "three", "on idea", "on idea again"])
        #expect(try await path("main", session) == ["one", "two", "three", "on main"])
        let tree = try await journal.tree(of: session)
        #expect(tree.currentBranch == "idea")
        #expect(tree.currentBranch(of: "user:ada") == "idea")
        #expect(tree.currentBranch(of: "user:bob") == "main")
        #expect(tree.participants(on: "idea") == ["user:ada"])
        #expect(tree.json()["current"] == ["user:ada": "idea"])
        try await ada.deleteBranch("idea", in: session)
        try await ada.say("user", "back", in: session)
        #expect(try await path("main", session).last == "back")
        #expect(
            await code { try await ada.switchBranch(to: "idea", in: session) } == .branchNotFound)
    }

    @Test func aNameGoesWithItsBranch() async throws {
        let (session, _) = try await session()
        try await ada.createBranch("idea", in: session, metadata: ["model": "m2"])
        try await ada.say("user", "four", in: session, branch: "idea")
        try await ada.createBranch("deep", in: session, of: "idea")
        #expect(try await ada.renameBranch("idea", to: "rust", in: session) != nil)
        #expect(try await ada.renameBranch("rust", to: "rust", in: session) == nil)
        #expect(
            await code { try await ada.say("user", "x", in: session, branch: "idea") }
                == .branchNotFound)
        try await ada.say("user", "five", in: session, branch: "rust")
        var state = try await journal.state(of: session)
        #expect(try await path("rust", session).suffix(2) == ["four", "five"])
        #expect(state.metadata(on: "rust")["model"] == "m2")
        #expect(state.tree.branch("deep")?.parent == "rust")
        #expect(state.tree.branch("idea") == nil)
        // The name is free.
        try await ada.createBranch("idea", in: session)
        state = try await journal.state(of: session)
        #expect(state.metadata(on: "idea")["model"] == "m1")
        #expect(
            await code { try await ada.renameBranch("main", to: "x", in: session) }
                == .invalidArgument)
        #expect(
            await code { try await ada.renameBranch("rust", to: "idea", in: session) }
                == .branchExists)
        #expect(
            await code { try await ada.renameBranch("no", to: "x", in: session) }
                == .branchNotFound)
        let earlier = try await journal.state(of: session, at: .sequence(8))
        #expect(earlier.tree.branches.map(\.name) == ["main", "idea", "deep"])
    }

    @Test func aDeletedBranchIsPutAwayAndCanComeBack() async throws {
        let (session, _) = try await session()
        try await ada.createBranch("idea", in: session, metadata: ["model": "m2"])  // 5, 6
        try await ada.say("user", "four", in: session, branch: "idea")  // 7
        try await ada.deleteBranch("idea", in: session)  // 8
        var state = try await journal.state(of: session)
        #expect(state.tree.branches.map(\.name) == ["main"])
        #expect(state.tree.deletedBranches.map(\.name) == ["idea"])
        #expect(state.tree.messages.count == 4)
        #expect(state.json(branch: "idea") == nil)
        #expect(state.summary?.branchCount == 1)
        let then = try await journal.state(of: session, at: .sequence(7), branch: "idea")
        #expect(then.tree.path(ofBranch: "idea")?.messages.count == 4)
        // Another branch may take the name; the old one comes back when it is free.
        try await ada.createBranch("idea", in: session)
        state = try await journal.state(of: session)
        #expect(state.metadata(on: "idea")["model"] == "m1")
        #expect(await code { try await ada.restoreBranch("idea", in: session) } == .branchExists)
        try await ada.renameBranch("idea", to: "other", in: session)
        try await ada.restoreBranch("idea", in: session)
        state = try await journal.state(of: session)
        #expect(state.metadata(on: "idea")["model"] == "m2")
        #expect(try await path("idea", session).last == "four")
        #expect(await code { try await ada.restoreBranch("idea", in: session) } == .branchNotFound)
        #expect(
            await code { try await ada.deleteBranch("main", in: session) } == .invalidArgument)
        // Who was on it is on main again.
        try await bob.switchBranch(to: "idea", in: session)
        try await ada.deleteBranch("idea", in: session)
        state = try await journal.state(of: session)
        #expect(state.tree.currentBranch(of: "user:bob") == "main")
    }

    @Test func aRewindMovesTheHeadAndLosesNothing() async throws {
        let (session, said) = try await session()
        try await ada.rewind(to: .message(said[0].message), in: session, reason: "wrong turn")  // 5
        #expect(try await path("main", session) == ["one"])
        try await ada.say("user", "other", in: session)  // 6
        #expect(try await path("main", session) == ["one", "other"])
        let state = try await journal.state(of: session)
        #expect(state.tree.messages.count == 4)
        #expect(state.tree.nodes()[0].children.count == 2)
        // Back to where it stood before the rewind.
        try await ada.rewind(to: .event(4), in: session)
        #expect(try await path("main", session) == ["one", "two", "three"])
        #expect(try await ada.rewind(to: .event(4), in: session) == nil)
        try await ada.createBranch("idea", in: session)
        #expect(
            await code {
                try await ada.rewind("main", to: .message("no"), in: session)
            } == .messageNotFound)
        let other = try #require(state.tree.branch("main")?.head?.message)
        #expect(
            await code { try await ada.rewind(to: .message(other), in: session) }
                == .messageNotFound)
        #expect(
            await code { try await ada.rewind("idea", to: .event(2), in: session) }
                == .eventNotFound)
        let event = try #require(try await journal.event(at: 5))
        #expect(try event.data()["from"] == .string(said[2].message))
        #expect(event.reason == "wrong turn")
    }

    @Test func sharedWaysAndWhatDiffers() async throws {
        let (session, said) = try await session()
        try await ada.createBranch("a", in: session, from: .message(said[1].message))
        try await ada.createBranch("b", in: session, from: .message(said[1].message))
        try await ada.say("user", "same", in: session, branch: "a")
        try await ada.say("user", "left", in: session, branch: "a")
        try await ada.say("user", "same", in: session, branch: "b")
        try await ada.say("assistant", "left", in: session, branch: "b")
        let tree = try await journal.tree(of: session)
        #expect(tree.mergeBase(of: "a", and: "b")?.id == said[1].message)
        #expect(tree.mergeBase(of: "b", and: "main")?.id == said[1].message)
        #expect(
            tree.commonAncestor(of: .init(said[0].message), and: .init(said[2].message))?.id
                == said[0].message)
        #expect(tree.commonAncestor(of: .init("no"), and: .init(said[2].message)) == nil)
        let comparison = try #require(tree.comparison(of: "a", and: "b"))
        let steps = comparison.steps.map { step in
            switch step {
            case .both(let left, let right):
                "=" + left.preview() + (left.id == right.id ? "" : " twice")
            case .left(let message): "-" + (message.role?.rawValue ?? "") + message.preview()
            case .right(let message): "+" + (message.role?.rawValue ?? "") + message.preview()
            }
        }
        #expect(steps == ["=one", "=two", "=same twice", "-userleft", "+assistantleft"])
        #expect(!comparison.isSame)
        #expect(tree.comparison(of: "a", and: "a")?.isSame == true)
        #expect(tree.comparison(of: "a", and: "no") == nil)
    }

    /// What an import may hold: parents of branches and messages in circles.
    @Test func circlesAreFoundAndCopedWith() throws {
        let tree = ConversationTreeTests.tree { script in
            script.say("a", after: "b")
            script.say("b", after: "a")
            script.say("c", after: "b")
            script.say("d", after: "d")
            for (name, parent) in [("x", "y"), ("y", "x"), ("z", "y"), ("s", "s")] {
                script.add(
                    .branchCreated,
                    ["branch": .string(name), "from": "c", "parent_branch": .string(parent)])
            }
        }
        let cycles = tree.cycles()
        #expect(cycles.messages == ["a", "b", "d"])
        #expect(cycles.branches == ["x", "y", "s"])
        #expect(tree.depth(ofBranch: "z") == 3)
        #expect(tree.depth(ofBranch: "s") == 1)
        #expect(ConversationTreeTests.sample().cycles().messages.isEmpty)
        #expect(ConversationTreeTests.sample().cycles().branches.isEmpty)
    }

    /// A branch is one event, whatever came before: what it adds to sealed files is bounded.
    @Test func aBranchAddsLittle() async throws {
        func size(branches: Int) async throws -> UInt64 {
            let directory = try TemporaryDirectory()
            var options = JournalOptions()
            let clock = ManualClock()
            let noise = SharedGenerator(seed: 5)
            options.clock = { clock.tick() }
            options.random = { noise.bytes($0) }
            let journal = try await Journal.create(
                at: directory.path("tea.journal"), options: options)
            let ada = journal.as("user:ada")
            let session = try await ada.createSession()
            for number in 0..<300 {
                try await ada.say(
                    "user", String(repeating: "word \(number) ", count: 40), in: session,
                    durability: .buffered)
            }
            for number in 0..<branches {
                try await ada.createBranch("idea-\(number)", in: session, durability: .buffered)
            }
            try await journal.seal(best: true)
            let size = try await journal.store.storage().sizeOnDisk
            try await journal.close()
            return size
        }
        let count = 100
        let grown = try await size(branches: count) - size(branches: 0)
        #expect(grown / UInt64(count) < 256)
        #expect(grown > 0)
    }

    /// Somebody else's switch, rename and rewind are seen by a handle that remembers where it was.
    @Test func aSpeakerHearsOfWhatOthersDid() async throws {
        let (session, said) = try await session()
        let other = Journal(store: journal.store).as("user:ada")
        try await other.rewind(to: .message(said[0].message), in: session)
        try await ada.say("user", "after", in: session)
        #expect(try await path("main", session) == ["one", "after"])
        try await other.createBranch("idea", in: session)
        try await ada.say("user", "there", in: session, branch: "idea")
        try await other.switchBranch(to: "idea", in: session)
        try await ada.say("user", "too", in: session)
        #expect(try await path("idea", session) == ["one", "after", "there", "too"])
        for number in 0..<5 {
            try await other.say("user", "o\(number)", in: session)
            try await ada.say("user", "a\(number)", in: session)
        }
        #expect(try await path("idea", session).count == 14)
    }
}
