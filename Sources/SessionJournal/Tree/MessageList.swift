/// The messages of a session in the order of their events.
///
/// Copies share what they have in common, so that the states of a session at many events take
/// little more room than the last of them.
public struct MessageList: RandomAccessCollection, Sendable {
    /// The messages by place, id and alias.
    var table = PagedTable<Message>()

    /// The first message's place: 0.
    public var startIndex: Int { 0 }

    /// The number of messages.
    public var endIndex: Int { table.count }

    /// A message. Cost: where the state came from a snapshot, its page of messages is read when
    /// the first of them is asked for.
    public subscript(place: Int) -> Message { table[place] }

    /// Passes over the messages, the first first.
    public func makeIterator() -> some IteratorProtocol<Message> { table.makeIterator() }

    mutating func append(_ message: Message) { table.append(message) }

    mutating func update<Answer>(_ place: Int, _ change: (inout Message) -> Answer) -> Answer {
        table.update(place, change)
    }
}
