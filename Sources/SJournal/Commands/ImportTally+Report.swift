import Transcripts

extension ImportTally {
    /// The tally of an import of transcripts.
    init(_ report: ImportReport) {
        self.init()
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
    }
}
