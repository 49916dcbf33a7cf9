package import TransparencyLog

/// A state of a journal that somebody has signed: how many events, and the root of their tree (C2SP
/// tlog-checkpoint). Mail it, print it, have others sign it too: it is what a journal is held against.
public struct SignedCheckpoint: Hashable, Sendable {
    package private(set) var note: SignedNote
    package let checkpoint: Checkpoint

    /// Reads the text of a checkpoint, signatures included. Says nothing about whether they are good.
    ///
    /// - Parameter bytes: The text.
    /// - Throws: ``JournalError/Code/invalidArgument`` for anything else.
    public init(_ bytes: [UInt8]) throws(JournalError) {
        guard let note = SignedNote(bytes) else {
            throw JournalError(
                .invalidArgument,
                "this is no signed note: a text, an empty line and signature lines are wanted")
        }
        try self.init(note)
    }

    package init(_ note: SignedNote) throws(JournalError) {
        guard let checkpoint = Checkpoint(text: note.text) else {
            throw JournalError(
                .invalidArgument,
                "the note is no checkpoint: its lines are a log's name, a number of events and a root"
            )
        }
        self.note = note
        self.checkpoint = checkpoint
    }

    /// The name of the journal that was signed: its ``Journal/origin``.
    public var origin: String { checkpoint.origin }

    /// How many events, and the root of their tree.
    public var head: TreeHead { TreeHead(size: checkpoint.size, root: Digest(checkpoint.root)) }

    /// The names of those whose signatures are under it, in order.
    public var signers: [String] { note.signatures.map(\.name) }

    /// The whole text, signatures included.
    public var text: String { note.description }

    /// Adds a signature line; one that is there already changes nothing.
    mutating func add(_ signature: SignedNote.Signature) throws(JournalError) {
        guard note.add(signature) else {
            throw JournalError(
                .tooLarge, "the checkpoint has \(SignedNote.signatureLimit) signatures already")
        }
    }
}
