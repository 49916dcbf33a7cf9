/// Texts of a pack: numbers in words, and pages that show foreign text and obey none of it.
enum PackText {
    static let dayMicroseconds: Int64 = 86_400_000_000

    /// A time in its two largest units.
    static func duration(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60)
        if days > 0 { return "\(days) d \(hours) h" }
        if hours > 0 { return "\(hours) h \(minutes) min" }
        if minutes > 0 { return "\(minutes) min \(seconds % 60) s" }
        return "\(seconds) s"
    }

    /// Text that is cut where it is long.
    static func cut(_ text: String, to limit: Int = 200) -> String {
        text.unicodeScalars.count > limit
            ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…" : text
    }

    private static let style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;\
        color:#1a1a1a;background:#fff}\
        h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem;border-top:1px solid #bbb;\
        padding-top:.8rem}\
        table{border-collapse:collapse;width:100%;margin:.6rem 0}\
        th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;\
        border-bottom:1px solid #ddd;overflow-wrap:anywhere}\
        td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
        code{font-family:ui-monospace,monospace;font-size:.92em}\
        .asks{font-style:italic}.outside{color:#6a3d00}.small{color:#555;font-size:.9em}
        """

    /// A page of its own: no script, no style but the one that its policy names, nothing from
    /// elsewhere.
    static func page(_ title: String, _ body: [String]) -> [UInt8] {
        let hash = Digest(hashing: style.utf8.span).base64
        let lines =
            [
                "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">",
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    + "style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'\">",
                "<meta name=\"referrer\" content=\"no-referrer\">",
                "<meta name=\"viewport\" content=\"width=device-width\">",
                "<title>\(HostileText.html(title))</title>", "<style>\(style)</style>", "</head>",
                "<body>", "<h1>\(HostileText.html(title))</h1>",
            ] + body + ["</body>", "</html>", ""]
        return Array(lines.joined(separator: "\n").utf8)
    }
}
