import Transcripts

extension ImportTally {
    /// The tally of an import of transcripts.
    ///
    /// - Parameters:
    ///   - report: What it did.
    ///   - options: What it looked for.
    init(_ report: ImportReport, _ options: TranscriptImporter.Options) {
        self.init()
        if options.scanner != nil {
            found = report.findingCounts
            for finding in report.findings where report.refused.contains(finding.path) {
                found?[finding.rule, default: 0] += 1
            }
            findings = report.findings
            isRedacted = options.secrets == .redact
            unseen = report.unseen
            refused = report.refused
        }
        isDryRun = options.isDryRun
        files = report.files.count
        lines = report.counts.lines
        events = report.events
        duplicates = report.duplicates
        malformed = report.counts.malformed
        glued = report.counts.glued
        documents = report.counts.documents
        sessions = report.sessions.count
        bytes = report.size
        skipped = report.skipped
        for file in report.files {
            formats[file.format, default: 0] += 1
            if let zone = file.zone { zones.insert(zone) }
            if let rival = file.rival { guesses.append((file.path, file.format, rival)) }
        }
    }
}
