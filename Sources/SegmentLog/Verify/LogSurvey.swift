/// What stands in `segments/`, by names, sizes and footers: enough to see what is wrong with the
/// structure, without reading content.
package struct LogSurvey: Sendable {
    package struct Segment: Sendable {
        package var name: String
        package var isSealed: Bool
        /// In bytes.
        package var size: UInt64
        /// Of its last event, in microseconds since 1970; nil where it has none, or says none.
        package var lastTime: Int64?
        /// Of its first event.
        package var firstTime: Int64?
    }

    /// Oldest first.
    package var segments: [Segment] = []
    package var holes: [Hole] = []
}

extension SegmentLog {
    /// Looks at every segment's footer or block headers. Cost: the front of each footer.
    package func survey() -> LogSurvey {
        var survey = LogSurvey()
        survey.holes = recovery.holes
        for handle in view().segments {
            let status = (try? fileSystem.status(of: opening.path(handle.name))) ?? nil
            var segment = LogSurvey.Segment(
                name: handle.name, isSealed: handle.isSealed,
                size: UInt64(max(0, status?.size ?? 0)))
            switch handle {
            case .active(let active):
                segment.lastTime = active.summary.lastTime
                segment.firstTime = active.blockCount > 0 ? active.block(0).firstTime : nil
            case .sealed(let sealed):
                let tables = try? sealed.load().tables
                segment.lastTime = tables?.summary?.lastTime
                segment.firstTime = tables?.summary?.firstTime
                survey.holes +=
                    tables?.holes ?? [
                        Hole(
                            file: handle.name, offset: 0, events: nil,
                            reason: "it cannot be opened")
                    ]
            }
            survey.segments.append(segment)
        }
        let known = survey.holes
        survey.holes = []
        for hole in known where !survey.holes.contains(hole) { survey.holes.append(hole) }
        return survey
    }
}
