#if Crypto
import SessionCrypto
import SessionJournal

/// What the page "Encrypted sessions" shows.
func encryptionExample(at path: String, keyPath: String) async throws -> [String] {
    var printed: [String] = []
    func print(_ value: Any) { printed.append("\(value)") }

    let master = try MasterKey(file: keyPath)
    var options = JournalOptions()
    options.unlock(with: master)
    let journal = try await Journal.create(at: path, options: options)
    let ada = journal.as("user:ada").encryptingSessions()
    let session = try await ada.createSession(key: "tea")
    try await ada.say("user", "How hot should the water be?", in: session)
    print(try await journal.protection(of: session))
    try await journal.close()
    return printed
}
#endif
