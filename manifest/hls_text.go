package manifest

import (
	"math"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"
)

// hlsText is a playlist made safe for the decoder below it, which panics on a
// blank line after EXT-X-KEY and pins tags to the wrong segment where a URI has
// no EXTINF. Lines are trimmed; comments, blank lines, EXT-X-DEFINE and what no
// player here uses are gone; variables are substituted; the text has no newline
// at its end.
type hlsText struct {
	text     string
	numbers  []int32 // the original 1-based number of each line of text
	media    bool
	complete bool // EXT-X-ENDLIST was seen
	items    int  // segments, or variants
}

// normalizer makes an hlsText, line by line.
type normalizer struct {
	hlsText
	out      strings.Builder
	vars     map[string]string // EXT-X-DEFINE
	missing  string            // why an undefined variable cannot be known
	grown    int               // bytes made by substitution
	pending  bool              // a tag waits for its URI: EXTINF or EXT-X-STREAM-INF
	info     string            // the EXTINF that waits, and its number
	infoAt   int
	last     string // last line that was not blank, and its number
	lastAt   int
	uri      string // last URI, and the one before
	previous string
}

func normalize(body string) (hlsText, *Error) {
	n := normalizer{}
	n.media = isMedia(body)
	n.out.Grow(len(body))
	n.numbers = make([]int32, 0, strings.Count(body, "\n")+1)
	for number, rest := 1, body; rest != ""; number++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if bad := n.add(number, line); bad != nil {
			return hlsText{}, bad
		}
	}
	if bad := n.checkEnd(strings.HasSuffix(body, "\n")); bad != nil {
		return hlsText{}, bad
	}
	n.text = n.out.String()
	return n.hlsText, nil
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
	if strings.Contains(line, "{$") {
		var bad *Error
		if line, bad = n.substitute(number, line); bad != nil {
			return bad
		}
	}
	if line[0] != '#' {
		n.addURI(number, line)
		return nil
	}
	n.last, n.lastAt = line, number
	switch name, value, _ := strings.Cut(line, ":"); name {
	case "#EXT-X-DEFINE":
		return n.define(number, value)
	case "#EXTINF":
		return n.addInfo(number, value)
	case "#EXT-X-STREAM-INF":
		if n.pending || n.media { // of two before one URI the first counts
			return nil
		}
		n.pending = true
	case "#EXT-X-I-FRAME-STREAM-INF":
		return nil // no player here does trick play, and the decoder stumbles over it
	case "#EXT-X-ENDLIST":
		n.complete = true
	}
	if strings.HasPrefix(line, "#EXT") {
		n.put(number, line)
	}
	return nil
}

// addURI keeps a URI only when a tag announced it, and puts its EXTINF right
// before it: of two, the last counts.
func (n *normalizer) addURI(number int, line string) {
	n.previous, n.uri = n.uri, line
	n.last, n.lastAt = line, number
	if !n.pending {
		return
	}
	n.pending = false
	n.items++
	if n.info != "" {
		n.put(n.infoAt, n.info)
		n.info = ""
	}
	n.put(number, line)
}

// addInfo keeps the duration of an EXTINF as far as hls.js would read it
// (/#EXTINF:\s*(\d*(?:\.\d+)?)/). An EXTINF without a number announces nothing.
func (n *normalizer) addInfo(number int, value string) *Error {
	text, _, _ := strings.Cut(value, ",")
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(v) || math.IsInf(v, 0) || err == nil && v < 0 {
		return unsupported(number, "EXTINF duration %s is not a length of time", quote(text))
	}
	if err != nil {
		text = leadingNumber(text)
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

// define is EXT-X-DEFINE (RFC 8216bis section 4.4.2.3). QUERYPARAM and IMPORT
// need the playlist's own URL and its parent, which a shared document does not
// know: they are refused where a reference asks for them.
func (n *normalizer) define(number int, value string) *Error {
	attr := m3u8.DecodeAttributeList(value)
	if n.vars == nil {
		n.vars = make(map[string]string)
	}
	switch name := attr["NAME"]; {
	case attr["QUERYPARAM"] != "":
		n.missing = "EXT-X-DEFINE:QUERYPARAM is not read"
	case attr["IMPORT"] != "":
		n.missing = "EXT-X-DEFINE:IMPORT is not read"
	case name != "":
		n.vars[name] = attr["VALUE"]
	default:
		return unsupported(number, "EXT-X-DEFINE without NAME")
	}
	return nil
}

// maxGrowth bounds what substitution adds to a playlist.
const maxGrowth = 4 << 20

// substitute replaces {$name} (RFC 8216bis section 4.3). hls.js too refuses a
// playlist that refers to a variable not defined before.
func (n *normalizer) substitute(number int, line string) (string, *Error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, "{$")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := n.vars[name]
		switch {
		case closed && !known && n.missing != "":
			return "", unsupported(number, "variable %s: %s", quote(name), n.missing)
		case closed && !known:
			return "", unsupported(number, "variable %s is not defined before it is used", quote(name))
		case !closed:
			return "", truncated(number, "a variable reference is not closed")
		}
		b.WriteString(value)
		line = after
		// Variables may be made of variables: a few lines can ask for gigabytes.
		if n.grown += len(value); n.grown > maxGrowth {
			return "", unsupported(number, "its variables make it grow by more than %d MB", maxGrowth>>20)
		}
	}
	return b.String(), nil
}
