import JournalTestKit
import Testing

@testable import SessionJournal

/// What sessions get between a compaction's plan and the event that makes it certain.
@Suite struct CompactionRecheckTests {
    private func planned(
        _ rule: CompactionRule = CompactionRule()
    ) async throws -> (content: CompactionRig.Content, recheck: CompactionRecheck) {
        let content = try await CompactionRig().made()
        let (plan, _) = try await content.journal.plan(
            rule, of: [content.chat, content.quiet], limit: 8)
        #expect(plan.parts.count == 2)
        return (content, CompactionRecheck(plan, rule))
    }

    @Test func whatOnlyGrewIsCompactedAsPlanned() async throws {
        var (content, recheck) = try await planned()
        let journal = content.journal
        #expect(try await recheck.holds(in: journal))
        let before = recheck.conditions
        for number in 0..<3 {
            try await journal.as("user:ada").say("user", "more \(number)", in: content.chat)
            #expect(try await recheck.holds(in: journal))
        }
        let version = try await journal.state(of: content.chat).version
        #expect(recheck.conditions[content.chat] == .version(version))
        #expect(recheck.conditions[content.quiet] == before[content.quiet])
        #expect(recheck.conditions[content.chat] != before[content.chat])
        try await journal.close()
    }

    @Test func whatIsMarkedMeanwhileKeepsThePlanFromHolding() async throws {
        var (content, recheck) = try await planned()
        let journal = content.journal
        try await journal.as("user:ada").say("user", "more", in: content.chat)
        #expect(try await recheck.holds(in: journal))
        try await journal.as("user:ada").setMessageMetadata(
            ["important": true], of: content.messages[3], in: content.chat)
        #expect(try await !recheck.holds(in: journal))
        try await journal.close()
    }

    @Test func whatComesBackFromTheArchiveStays() async throws {
        let content = try await CompactionRig().made()
        let journal = content.journal
        try await journal.as("user:ada").perform(.archive, in: content.quiet)
        var rule = CompactionRule()
        rule.archivedOnly = true
        let (plan, _) = try await journal.plan(rule, of: [content.quiet], limit: 8)
        var recheck = CompactionRecheck(plan, rule)
        #expect(try await recheck.holds(in: journal))
        try await journal.as("user:ada").perform(.unarchive, in: content.quiet)
        #expect(try await !recheck.holds(in: journal))
        try await journal.close()
    }

    /// Somebody marks one message after the other while everything is compacted again and again: what
    /// was marked before a compaction was certain has all its words afterwards.
    @Test func marksInARaceWithCompactions() async throws {
        let content = try await CompactionRig().made()
        let journal = content.journal
        let ada = journal.as("user:ada")
        let marking = Task {
            for number in 0..<40 {
                let said = try await ada.say("user", "word \(number)", in: content.chat).message
                await Task.yield()
                try await ada.setMessageMetadata(
                    ["important": true], of: said, in: content.chat)
            }
        }
        var rounds = 0
        while rounds < 12 {
            try await journal.as("user:op").compact(CompactionRule())
            rounds += 1
        }
        try await marking.value
        try await journal.as("user:op").compact(CompactionRule())
        var began: [UInt64] = []
        var said: [String: UInt64] = [:]
        var marked: [String: UInt64] = [:]
        for try await event in journal.events() {
            if event.kind == .compactionBegan { began.append(event.sequence) }
            let data = try event.data()
            guard let message = data["message"]?.string else { continue }
            if event.kind == .messageAppended { said[message] = event.sequence }
            if data["set"]?["important"] == true { marked[message] = event.sequence }
        }
        let state = try await journal.state(of: content.chat)
        var kept = 0
        for message in state.tree.messages {
            guard let from = said[message.id], let to = marked[message.id] else { continue }
            if !message.isCompacted { kept += 1 }
            // What went had gone before it was marked.
            #expect(
                !message.isCompacted || began.contains { from < $0 && $0 < to },
                "\(message.id) said \(from), marked \(to), compactions \(began)")
        }
        #expect(kept > 0 && marked.count == 40)
        for check in try await journal.checkCompactions() { #expect(check.isValid) }
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
    }
}
