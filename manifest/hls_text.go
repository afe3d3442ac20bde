package manifest

import (
	"math"
	"strconv"
	"strings"
)

// hlsText is a playlist made safe for the decoder below it, which panics on a
// blank line after EXT-X-KEY and pins tags to the wrong segment where a URI has
// no EXTINF. Lines are trimmed; comments, blank lines, EXT-X-DEFINE and I-frame
// variants are gone; variables are substituted; the text has no newline at its
// end.
type hlsText struct {
	text     string
	numbers  []int32 // the original 1-based number of each line of text
	media    bool
	complete bool           // EXT-X-ENDLIST was seen
	items    int            // segments, or variants
	first    map[string]int // where each tag stands first, EXTINF excepted
	iframes  []sourceLine   // attributes of EXT-X-I-FRAME-STREAM-INF
	vars     map[string]string
}

// sourceLine is text with the line it comes from.
type sourceLine struct {
	line int
	text string
}

// normalizer makes an hlsText, line by line.
type normalizer struct {
	hlsText
	doc      *Document
	scope    scope
	out      strings.Builder
	missing  string // why an undefined variable cannot be known
	grown    int    // bytes made by substitution
	pending  bool   // a tag waits for its URI: EXTINF or EXT-X-STREAM-INF
	info     string // the EXTINF that waits, and its number
	infoAt   int
	last     string // last line that was not blank, and its number
	lastAt   int
	uri      string // last URI, and the one before
	previous string
}

func normalize(doc *Document, body string, s scope) (hlsText, *Error) {
	n := normalizer{doc: doc, scope: s}
	n.media = isMedia(body)
	n.first = make(map[string]int)
	n.out.Grow(len(body))
	n.numbers = make([]int32, 0, strings.Count(body, "\n")+1)
	for number, rest := 1, body; rest != ""; number++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if line = n.trim(number, line); line == "" {
			continue
		}
		if bad := n.add(number, line); bad != nil {
			return hlsText{}, bad
		}
	}
	newline := strings.HasSuffix(body, "\n")
	if bad := n.checkEnd(newline); bad != nil {
		return hlsText{}, bad
	}
	if !newline {
		n.doc.find(Warning, n.lastAt, clausePlaylist, "the last line has no line end: a cut would not be noticed")
	}
	n.text = n.out.String()
	return n.hlsText, nil
}

// trim is the line without what may not be round it.
func (n *normalizer) trim(number int, line string) string {
	if strings.HasSuffix(line, "\r") {
		line = line[:len(line)-1]
		n.doc.find(Info, number, clausePlaylist, "lines end in CRLF")
	}
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "":
		n.doc.find(Info, number, clausePlaylist, "a blank line")
	case len(trimmed) == len(line):
	case trimmed[0] == '#':
		n.doc.find(Illegal, number, clausePlaylist, "white space round a tag")
	default:
		n.doc.find(Illegal, number, clausePlaylist, "white space round a URI")
	}
	return trimmed
}

// isMedia decides as hls.js does (M3U8Parser.isMediaPlaylist): any EXTINF or
// EXT-X-TARGETDURATION makes a media playlist. So does, here, the absence of
// everything a multivariant playlist consists of: a live playlist may have a
// header and nothing else yet.
func isMedia(body string) bool {
	if hasLine(body, "#EXTINF:") || hasLine(body, "#EXT-X-TARGETDURATION:") {
		return true
	}
	return !hasLine(body, "#EXT-X-STREAM-INF:") && !hasLine(body, "#EXT-X-MEDIA:") && !hasLine(body, "#EXT-X-I-FRAME-STREAM-INF:")
}

func hasLine(body, prefix string) bool {
	for at := 0; ; {
		i := strings.Index(body[at:], prefix)
		if i < 0 {
			return false
		}
		start := at + i
		before := strings.TrimRight(body[:start], " \t")
		if before == "" || before[len(before)-1] == '\n' {
			return true
		}
		at = start + len(prefix)
	}
}

func (n *normalizer) add(number int, line string) *Error {
	if line[0] != '#' {
		return n.addURI(number, line)
	}
	n.last, n.lastAt = line, number
	if !strings.HasPrefix(line, "#EXT") {
		return nil
	}
	name, value, _ := strings.Cut(line, ":")
	if strings.Contains(value, "{$") && name != "#EXT-X-DEFINE" {
		var bad *Error
		if value, bad = n.substitute(number, value); bad != nil {
			return bad
		}
		line = name + ":" + value
		n.last = line
	}
	if name == "#EXTINF" {
		return n.addInfo(number, value)
	}
	n.lintTag(number, name, value)
	switch name {
	case "#EXT-X-DEFINE":
		return n.define(number, value)
	case "#EXT-X-STREAM-INF":
		if n.pending || n.media { // of two before one URI the first counts
			n.doc.find(Illegal, number, clauseStream, "EXT-X-STREAM-INF without a URI of its own")
			return nil
		}
		n.pending = true
	case "#EXT-X-I-FRAME-STREAM-INF": // the decoder stumbles over it
		if !n.media {
			n.iframes = append(n.iframes, sourceLine{number, value})
		}
		return nil
	case "#EXT-X-ENDLIST":
		n.complete = true
	}
	n.put(number, line)
	return nil
}

// addURI keeps a URI only when a tag announced it, and puts its EXTINF right
// before it: of two, the last counts.
func (n *normalizer) addURI(number int, line string) *Error {
	if strings.Contains(line, "{$") {
		var bad *Error
		if line, bad = n.substitute(number, line); bad != nil {
			return bad
		}
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			return unsupported(number, "its variables leave no URI")
		}
	}
	n.previous, n.uri = n.uri, line
	n.last, n.lastAt = line, number
	if !n.pending {
		n.doc.find(Illegal, number, n.itemClause(), "a URI that no tag announces: it is not read")
		return nil
	}
	n.pending = false
	n.items++
	if n.info != "" {
		n.put(n.infoAt, n.info)
		n.info = ""
	}
	n.put(number, line)
	return nil
}

func (n *normalizer) itemClause() string {
	if n.media {
		return clauseInfo
	}
	return clauseStream
}

// addInfo keeps the duration of an EXTINF as far as hls.js would read it
// (/#EXTINF:\s*(\d*(?:\.\d+)?)/). An EXTINF without a number announces nothing.
func (n *normalizer) addInfo(number int, value string) *Error {
	text, _, comma := strings.Cut(value, ",")
	if !comma {
		n.doc.find(Illegal, number, clauseInfo, "EXTINF without a comma")
	}
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(v) || math.IsInf(v, 0) || err == nil && v < 0 {
		return unsupported(number, "EXTINF duration %s is not a length of time", quote(text))
	}
	if err != nil {
		n.doc.find(Illegal, number, clauseInfo, "EXTINF duration is not a number")
		text = leadingNumber(text)
	}
	if n.pending && n.media {
		n.doc.find(Illegal, n.infoAt, clauseInfo, "EXTINF without a URI")
	}
	if text == "" || !n.media {
		return nil
	}
	n.pending = true
	n.info, n.infoAt = "#EXTINF:"+text+",", number
	return nil
}

func leadingNumber(text string) string {
	end, dot := 0, false
	for ; end < len(text); end++ {
		if c := text[end]; c == '.' && !dot && end > 0 {
			dot = true
		} else if c < '0' || c > '9' {
			break
		}
	}
	return strings.TrimSuffix(text[:end], ".")
}

func (n *normalizer) put(number int, line string) {
	if n.out.Len() > 0 {
		n.out.WriteByte('\n')
	}
	n.out.WriteString(line)
	n.numbers = append(n.numbers, int32(number))
}
