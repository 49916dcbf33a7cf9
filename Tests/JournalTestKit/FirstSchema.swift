/// Events as version 1 of the metadata schema wrote them: a session that was begun here, and one that
/// an import brought, with fields of its own whose names are built in since. Never edited: what was
/// once written must be read.
package enum FirstSchema {
    /// The session that was begun here.
    package static let tea = "tea"

    /// The session that an import brought.
    package static let old = "old"

    /// The event lines, without newlines.
    package static let lines: [[UInt8]] = text.split(separator: "\n").map { Array($0.utf8) }

    // swift-format-ignore
    private static let text = #"""
        {"seq":1,"time":"2026-03-01T09:00:01.000000Z","session":"0195000000007000800000000000000a","version":1,"kind":"session.created","branch":"main","actor":"user:ada","salt":"U1NTU1NTU1NTU1NTU1MAAQ==","data":{"key":"tea","schema":1,"metadata":{"name":"Green tea","status":"active","turn_count":0,"is_starred":false,"tags":[],"description":"","category":"general","language":"python","last_modified":"2026-03-01T09:00:00.900000Z","modified_by":null,"model":"m-1","context_window":null,"max_tokens":null,"mood":"calm"}}}
        {"seq":2,"time":"2026-03-01T09:00:02.000000Z","session":"0195000000007000800000000000000a","version":2,"kind":"message.appended","branch":"main","actor":"user:ada","salt":"U1NTU1NTU1NTU1NTU1MAAg==","data":{"message":"u1","parent":null,"role":"user","parts":[{"type":"text","text":"How hot?"}]}}
        {"seq":3,"time":"2026-03-01T09:00:03.000000Z","session":"0195000000007000800000000000000a","version":3,"kind":"message.appended","branch":"main","actor":"agent:tea","salt":"U1NTU1NTU1NTU1NTU1MAAw==","data":{"message":"a1","parent":"u1","role":"assistant","parts":[{"type":"text","text":"70 to 80 °C."}],"model":"m-1"}}
        {"seq":4,"time":"2026-03-01T09:00:04.000000Z","session":"0195000000007000800000000000000a","version":4,"kind":"branch.created","branch":"cold","actor":"user:ada","salt":"U1NTU1NTU1NTU1NTU1MABA==","data":{"branch":"cold","from":"u1","type":"fork","parent_branch":"main"}}
        {"seq":5,"time":"2026-03-01T09:00:05.000000Z","session":"0195000000007000800000000000000a","version":5,"kind":"session.metadata_changed","branch":"cold","actor":"user:bob","salt":"U1NTU1NTU1NTU1NTU1MABQ==","data":{"set":{"model":"m-2"}}}
        {"seq":6,"time":"2026-03-01T09:00:06.000000Z","session":"0195000000007000800000000000000a","version":6,"kind":"session.metadata_changed","branch":"main","actor":"user:bob","reason":"worth keeping","salt":"U1NTU1NTU1NTU1NTU1MABg==","data":{"set":{"tags":["tea","work"],"is_starred":true,"title":"Brewing"}}}
        {"seq":7,"time":"2026-03-01T09:00:07.000000Z","session":"0195000000007000800000000000000b","version":1,"kind":"session.created","branch":"main","actor":"import","occurred":"2025-05-05T08:00:00.000000Z","salt":"U1NTU1NTU1NTU1NTU1MABw==","data":{"key":"old","schema":1,"metadata":{"name":"","status":"active","turn_count":3,"is_starred":1,"tags":[],"description":"","category":"general","language":"python","last_modified":"2025-05-05T08:00:00.000000Z","modified_by":"carol","model":null,"context_window":null,"max_tokens":null,"archived":true,"pinned":"yes","priority":"high","type":"DM"},"source":{"format":"sessions"}}}
        {"seq":8,"time":"2026-03-01T09:00:08.000000Z","session":"0195000000007000800000000000000b","version":2,"kind":"message.appended","branch":"main","actor":"import","occurred":"2025-05-05T08:00:01.000000Z","salt":"U1NTU1NTU1NTU1NTU1MACA==","data":{"message":"u1","parent":null,"role":"user","parts":[{"type":"text","text":"Hello"}]}}
        """#
}
