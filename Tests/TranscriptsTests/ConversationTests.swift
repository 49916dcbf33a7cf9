import SessionJournal
import Testing

@testable import Transcripts

@Suite("What a reader makes of messages")
struct ConversationTests {
    private func draft(_ texts: String...) -> Conversation.Draft {
        Conversation.Draft("user", texts.map { .text(Sourced(.string($0))) }, id: "m")
    }

    /// A message that comes again is the same, has more in it, or other words.
    @Test func anotherVersionOfAMessageIsTold() {
        var talk = Conversation(client: "x")
        func kinds(_ draft: Conversation.Draft) -> [EventKind] {
            talk.acts = []
            #expect(talk.say(draft) == 0)
            return talk.acts.map(\.kind)
        }
        #expect(kinds(draft("one")) == [.messageAppended])
        #expect(kinds(draft("one")) == [])
        #expect(kinds(draft("one", "two", "three")) == [.messageExtended])
        #expect(kinds(draft("one", "two", "three")) == [])
        #expect(kinds(draft("two", "one", "three")) == [.messageEdited])
        #expect(kinds(draft("two", "one", "three", "four")) == [.messageExtended])
        #expect(kinds(draft("two", "other", "three", "four")) == [.messageEdited])
        #expect(kinds(draft("two")) == [.messageEdited])
        #expect(kinds(draft()) == [.messageEdited])
        #expect(talk.messages.count == 1)
    }
}
