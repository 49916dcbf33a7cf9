internal import SessionJournal
internal import TransparencyLog

/// The pieces that a page of HTML is made of.
enum HTMLParts {
    /// So many branches deep a message is set in at most.
    static let deepest = 6

    static let style = """
        :root{--line:#d5d9e0;--soft:#f6f7f9;--quiet:#667085;--ink:#1d2433;--mark:#2f6fed}\
        *{box-sizing:border-box}\
        body{font:15px/1.55 system-ui,sans-serif;margin:0;color:var(--ink);background:#fff}\
        body>header{position:sticky;top:0;z-index:1;background:#fff;border-bottom:1px solid var(--line);\
        padding:.6rem 1.2rem}\
        h1{font-size:1.15rem;margin:0;overflow-wrap:anywhere}\
        .about{margin:.1rem 0 .4rem;color:var(--quiet);font-size:.8rem}.about span{margin-right:.8em}\
        .tools{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}\
        .tools input{flex:1 1 14rem;max-width:26rem}\
        .tools>*{font:inherit;font-size:.85rem;padding:.25rem .5rem;max-width:100%}\
        output{color:var(--quiet)}\
        .page{display:grid;grid-template-columns:18rem minmax(0,1fr);align-items:start}\
        nav{position:sticky;top:7rem;max-height:calc(100vh - 7.5rem);overflow:auto;font-size:.8rem;\
        padding:.6rem .4rem .6rem 1.2rem;border-right:1px solid var(--line)}\
        nav ol{list-style:none;margin:0;padding:0}\
        nav li{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;padding:.1rem 0}\
        nav a{color:inherit;text-decoration:none}nav a:hover{text-decoration:underline}\
        nav .b{color:var(--mark);font-weight:600;margin-top:.3rem}nav b{color:var(--mark)}\
        main{padding:.6rem 1.2rem 4rem;max-width:62rem}\
        .m{border:1px solid var(--line);border-left:4px solid #9aa4b2;border-radius:6px;margin:.6rem 0;\
        padding:.4rem .8rem .6rem;scroll-margin-top:8rem}\
        .m:target{outline:2px solid var(--mark)}\
        .m>header{color:var(--quiet);font-size:.78rem;display:flex;flex-wrap:wrap;gap:.2rem .7rem}\
        .m>header b{color:var(--ink)}.m>header a{color:inherit}\
        .m>header *{overflow-wrap:anywhere}\
        .user{border-left-color:#2f6fed;background:#f4f8ff}.assistant{border-left-color:#7a5af8}\
        .tool{border-left-color:#9aa4b2}.system{border-left-color:#e0a100;background:#fffbf0}\
        .aside{opacity:.75}\
        .d1{margin-left:1.2rem}.d2{margin-left:2.4rem}.d3{margin-left:3.6rem}.d4{margin-left:4.8rem}\
        .d5{margin-left:6rem}.d6{margin-left:7.2rem}\
        nav .d1{margin-left:.8rem}nav .d2{margin-left:1.6rem}nav .d3{margin-left:2.4rem}\
        nav .d4{margin-left:3.2rem}nav .d5{margin-left:4rem}nav .d6{margin-left:4.8rem}\
        .t{white-space:pre-wrap;overflow-wrap:anywhere;margin:.35rem 0}\
        pre{font:12.5px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;\
        background:var(--soft);border-radius:4px;padding:.4rem .6rem;margin:.35rem 0;max-height:32rem;\
        overflow:auto}\
        details{margin:.35rem 0;border:1px solid var(--line);border-radius:5px;padding:.1rem .6rem;\
        background:#fff}\
        summary{cursor:pointer;color:var(--quiet);font-size:.85rem;overflow-wrap:anywhere}\
        .bad>summary{color:#b42318}dl{margin:0}dt{color:var(--quiet);font-size:.78rem}dd{margin:0}\
        .result{border-top:1px dashed var(--line);margin-top:.3rem}\
        img{max-width:100%;display:block;margin:.3rem 0}mark{background:#ffe58f}\
        ::highlight(found){background:#ffe58f}[hidden]{display:none!important}\
        @media(max-width:52rem){.page{display:block}nav{position:static;max-height:14rem;border:0}}\
        @media print{nav,.tools{display:none}.page{display:block}pre{max-height:none}}
        """

    static let script = """
        "use strict";(function(){\
        const all=[...document.querySelectorAll("article")],rows=[...document.querySelectorAll("nav li[data-b]")];\
        const words=all.map(a=>a.textContent.toLowerCase());\
        const search=document.getElementById("search"),branch=document.getElementById("branch");\
        const count=document.getElementById("count"),none=document.getElementById("none");\
        const on=(e,b)=>b===""||e.dataset.b.split(" ").includes(b);\
        function paint(term){if(!("highlights" in CSS))return;CSS.highlights.delete("found");if(!term)return;\
        const found=[];for(const a of all){if(a.hidden)continue;\
        const walk=document.createTreeWalker(a,NodeFilter.SHOW_TEXT);\
        while(walk.nextNode()){const n=walk.currentNode,t=n.data.toLowerCase();\
        if(t.length!==n.data.length)continue;let i=-1;\
        while((i=t.indexOf(term,i+1))>=0&&found.length<5000){const r=new Range();r.setStart(n,i);\
        r.setEnd(n,i+term.length);found.push(r);}}}\
        CSS.highlights.set("found",new Highlight(...found));}\
        function show(){const term=search.value.trim().toLowerCase(),b=branch.value;let shown=0;\
        all.forEach((a,i)=>{const is=on(a,b)&&(term===""||words[i].includes(term));a.hidden=!is;\
        if(is){shown++;if(term!=="")for(const d of a.querySelectorAll("details"))\
        if(d.textContent.toLowerCase().includes(term))d.open=true;}});\
        for(const r of rows)r.hidden=!on(r,b);\
        count.textContent=term===""&&b===""?"":shown+" of "+all.length+" messages";\
        none.hidden=shown>0;paint(term);}\
        search.addEventListener("input",show);branch.addEventListener("change",show);\
        document.getElementById("open").addEventListener("click",e=>{\
        const open=e.target.textContent==="Open all";\
        for(const d of document.querySelectorAll("details"))d.open=open;\
        e.target.textContent=open?"Close all":"Open all";});})();
        """

    static let styleHash = Digest(hashing: style.utf8.span).base64
    static let scriptHash = Digest(hashing: script.utf8.span).base64

    /// Text with its blocks of code.
    static func prose(_ text: String) -> String {
        var result = ""
        var lines: [Substring] = []
        var isCode = false
        func close() {
            let block = lines.joined(separator: "\n")
            lines = []
            guard !block.allSatisfy(\.isWhitespace) else { return }
            result += isCode ? code(block) : "<div class=\"t\">\(HTMLPage.escaped(block))</div>"
        }
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.hasPrefix("```") {
                close()
                isCode.toggle()
            } else {
                lines.append(line)
            }
        }
        close()
        return result
    }

    static func code(_ text: String) -> String {
        text.isEmpty ? "" : "<pre>\(HTMLPage.escaped(text))</pre>"
    }

    /// Something that is shown when it is asked for.
    static func folded(_ title: String, _ kind: String, _ content: String) -> String {
        """
        <details class="\(kind)"><summary>\(HTMLPage.escaped(title))</summary>\(content)</details>
        """
    }

    /// A picture that a page may show; of any other attachment its name, and where it is.
    static func media(_ media: Part.Media, _ name: String, _ blobs: [String: String]) -> String {
        var data: String?
        var type = media.mediaType
        switch media.location {
        case .url(let address) where DataAddress.content(address) != nil:
            if let content = DataAddress.content(address) { (type, data) = content }
        case .base64(let text): data = text
        case .blob(let blob): data = blobs[blob]
        case .url(let address):
            let isLink = ["http://", "https://"].contains { address.hasPrefix($0) }
            let shown = HTMLPage.escaped(address.cut(toBytes: 200))
            guard isLink else {
                return "<div class=\"t\">[\(HTMLPage.escaped(name))] \(shown)</div>"
            }
            return """
                <div class="t">[\(HTMLPage.escaped(name))] <a rel="noreferrer noopener" \
                href="\(HTMLPage.escaped(address))">\(shown)</a></div>
                """
        case nil: break
        }
        if let data, let type, HTMLPage.pictures.contains(type),
            Base64.decodedSize(of: data.utf8.span) != nil
        {
            return "<img alt=\"\(HTMLPage.escaped(name))\" src=\"data:\(type);base64,\(data)\">"
        }
        return "<div class=\"t\">[\(HTMLPage.escaped(name))]</div>"
    }
}
