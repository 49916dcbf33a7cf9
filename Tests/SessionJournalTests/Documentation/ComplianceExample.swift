import SessionJournal

/// The examples of "Compliance packs".
func complianceExample(_ journal: Journal, to folder: String) async throws -> UInt64 {
    var options = ComplianceOptions()
    options.regimes = [.gdpr, .aiAct]
    let pack = try await journal.writeCompliancePack(to: folder, options)
    print(pack.counts["erasures-done"] ?? 0, "erasures; manifest", pack.manifest.hexadecimal)
    return pack.events
}

func verifyingExample(_ journal: Journal) {
    var schedule = VerificationSchedule()
    schedule.interval = .seconds(3_600)
    schedule.observer = { result in
        if !result.isPassed { print("the journal is damaged:", result.report.findings) }
    }
    journal.as("service:verifier").keepVerifying(schedule)
}
