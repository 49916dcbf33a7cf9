import SessionJournal
import Testing

struct PartTests {
    @Test(
        arguments: [
            .text("hello"), .thinking("hm", signature: nil), .thinking("hm", signature: "sig=="),
            .toolUse(.init(call: "c", name: "read", input: ["path": "a"])),
            .toolResult(.init(call: "c", content: "text")),
            .toolResult(.init(call: "c", content: [["type": "text"]], isError: true)),
            .image(.init(mediaType: "image/png", location: .base64("AAAA"), name: "a.png")),
            .audio(.init(location: .url("https://example.org/a"))),
            .video(.init(location: .blob("sha256:00"))), .document(.init()),
            .derived("words", source: 2), .unknown(["type": "hologram"]), .unknown(.null),
        ] as [Part])
    func survivesTheRoundTrip(_ part: Part) {
        #expect(Part(part.json) == part)
    }

    @Test(
        arguments: [
            ["type": "hologram", "x": 1], ["type": "text"], ["type": "text", "text": 1],
            ["type": "tool_use", "call": "c"], ["type": "tool_result"], ["type": "thinking"],
            ["type": "derived", "text": "x"], ["type": "derived", "text": "x", "source": 1.5],
            ["type": "unknown"], ["type": 1], "text", nil, [],
        ] as [JSONValue])
    func keepsWhatItDoesNotKnow(_ value: JSONValue) {
        #expect(Part(value) == .unknown(value))
    }
}
