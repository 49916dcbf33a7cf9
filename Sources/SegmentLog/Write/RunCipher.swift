/// Encrypts runs between compression and writing, and opens them again: the seam behind which keys
/// are. The log knows which lines are to be encrypted, for their owner says so line by line, and
/// nothing of keys.
package protocol RunCipher: Sendable {
    /// Encrypts the payload of a run in place, appends its tag, and fills in `salt` and `counter`.
    ///
    /// The same salt and counter must never come twice for one stream. From any thread.
    ///
    /// - Throws: what keeps the run from being encrypted: nothing of its commit is written then.
    func seal(_ run: inout CiphertextRun) throws(LogError)

    /// The compressed lines of a run; nil where the stream's key is not at hand.
    ///
    /// - Throws: `damaged` where the key is there and the run is not what was sealed with it. Nothing
    ///   plain is handed out then.
    func open(_ run: CiphertextRun) throws(LogError) -> [UInt8]?
}
