package manifest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// body is a sound live playlist around what a row adds: tags before its segments
// (header) and what stands among them.
func mediaWith(header string, rest ...string) string {
	return "#EXTM3U\n#EXT-X-VERSION:12\n#EXT-X-TARGETDURATION:4\n" + header + strings.Join(rest, "\n") + "\n"
}

const three = "#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n#EXTINF:4,\nc.ts"

func masterWith(lines ...string) string {
	return "#EXTM3U\n#EXT-X-VERSION:12\n" + strings.Join(lines, "\n") + "\n"
}

const soundVariant = "#EXT-X-STREAM-INF:BANDWIDTH=5000000000,AVERAGE-BANDWIDTH=4000000000,CODECS=\"avc1.4d401e,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=25\nv.m3u8"

type lintRow struct {
	name, body string
	severity   Severity
	line       int
	clause     string
	says       string
}

// lintRows has a row for every rule; TestLintRules holds it to that.
var lintRows = []lintRow{
	{"the cut that nobody sees", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts", Warning, 4, clausePlaylist, "no line end"},
	{"Windows", "#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXTINF:4,\r\na.ts\r\n", Info, 1, clausePlaylist, "CRLF"},
	{"a blank line", mediaWith("\n", three), Info, 4, clausePlaylist, "a blank line"},
	{"an indented tag", mediaWith("  #EXT-X-ENDLIST\n", three), Illegal, 4, clausePlaylist, "round a tag"},
	{"an indented URI", mediaWith("", "#EXTINF:4,", " a.ts"), Illegal, 5, clausePlaylist, "round a URI"},
	{"a byte order mark", "\xef\xbb\xbf" + mediaWith("", three), Illegal, 1, clausePlaylist, "byte order mark"},
	{"Latin-1 in a title", mediaWith("", "#EXTINF:4,caf\xe9", "a.ts"), Illegal, 4, clausePlaylist, "not UTF-8"},
	{"NUL in a title", mediaWith("", "#EXTINF:4,\x00", "a.ts"), Illegal, 4, clausePlaylist, "control character"},
	{"a tag of a vendor", mediaWith("#EXT-X-CUE-OUT:30\n", three), Info, 4, clausePlaylist, "EXT-X-CUE-OUT is not in the specification"},
	{"a flag with a value", mediaWith("#EXT-X-INDEPENDENT-SEGMENTS:YES\n", three), Illegal, 4, clausePlaylist, "takes no value"},
	{"a header twice", mediaWith("#EXTM3U\n", three), Illegal, 4, "RFC 8216bis 4.4.1.1", "EXTM3U more than once"},
	{"VERSION twice", mediaWith("#EXT-X-VERSION:12\n", three), Illegal, 4, "RFC 8216bis 4.4.1.2", "more than once"},
	{"START twice", mediaWith("#EXT-X-START:TIME-OFFSET=0\n#EXT-X-START:TIME-OFFSET=0\n", three, "#EXT-X-ENDLIST"), Illegal, 5, "RFC 8216bis 4.4.2", "more than once"},
	{"TARGETDURATION twice", mediaWith("#EXT-X-TARGETDURATION:4\n", three), Illegal, 4, clauseTags, "more than once"},
	{"ENDLIST twice", mediaWith("#EXT-X-ENDLIST\n", three, "#EXT-X-ENDLIST"), Illegal, 11, clauseTags, "more than once"},
	{"steering twice", masterWith("#EXT-X-CONTENT-STEERING:SERVER-URI=\"s\"", "#EXT-X-CONTENT-STEERING:SERVER-URI=\"s\"", soundVariant), Illegal, 4, clauseSteering, "more than once"},
	{"a master's tag in a media playlist", mediaWith("#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"b\"\n", three), Illegal, 4, "RFC 8216bis 4.4", "in a media playlist"},
	{"a media playlist's tag in a master", masterWith("#EXT-X-ENDLIST", soundVariant), Illegal, 3, "RFC 8216bis 4.4", "in a multivariant playlist"},
	{"an attribute twice", mediaWith("#EXT-X-SERVER-CONTROL:HOLD-BACK=12,HOLD-BACK=12\n", three), Illegal, 4, "RFC 8216bis 4.2", "has an attribute twice"},
	{"a blank in an attribute list", mediaWith("#EXT-X-SERVER-CONTROL:HOLD-BACK=12, CAN-BLOCK-RELOAD=YES\n", three), Illegal, 4, "RFC 8216bis 4.2", "has white space round an attribute"},
	{"the same in an I-frame variant", masterWith(soundVariant, "#EXT-X-I-FRAME-STREAM-INF:URI=\"i\",BANDWIDTH=1,BANDWIDTH=1"), Illegal, 5, "RFC 8216bis 4.2", "I-FRAME-STREAM-INF has an attribute twice"},
	{"a version too low for its features", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-VERSION:3\n#EXT-X-MAP:URI=\"i\"\n" + three + "\n", Illegal, 4, clauseVersion, "EXT-X-MAP needs EXT-X-VERSION 6; the playlist says 3"},
	{"decimals without a version", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:3.5,\na.ts\n", Illegal, 3, clauseVersion, "decimal EXTINF needs EXT-X-VERSION 3; the playlist says 1"},

	{"no target duration", "#EXTM3U\n" + three + "\n", Illegal, 0, clauseTarget, "is missing"},
	{"target duration 0", "#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXTINF:0,\na\n", Illegal, 2, clauseTarget, "target duration 0"},
	{"a fractional target duration", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4.5\n" + three + "\n", Illegal, 3, clauseTarget, "whole number of seconds"},
	{"4.5 s in a target of 4", mediaWith("", "#EXTINF:4.5,", "a.ts"), Illegal, 4 + 1, clauseTarget, "longer than the target duration"},
	{"a sequence that is no number", mediaWith("#EXT-X-MEDIA-SEQUENCE:1.5\n", three), Illegal, 4, clauseTags, "EXT-X-MEDIA-SEQUENCE is not a whole number"},
	{"an EXTINF without its comma", mediaWith("", "#EXTINF:4", "a.ts"), Illegal, 4, clauseInfo, "without a comma"},
	{"an EXTINF that is no number", mediaWith("", "#EXTINF:4s,", "a.ts"), Illegal, 4, clauseInfo, "not a number"},
	{"an EXTINF for nothing", mediaWith("", "#EXTINF:4,", "#EXTINF:4,", "a.ts"), Illegal, 4, clauseInfo, "EXTINF without a URI"},
	{"a URI without EXTINF", mediaWith("", three, "d.ts"), Illegal, 10, clauseInfo, "no tag announces"},
	{"a range that continues nothing", mediaWith("", "#EXTINF:4,", "#EXT-X-BYTERANGE:10", "a.ts"), Illegal, 6, "RFC 8216bis 4.4.4.2", "without an offset"},
	{"a type nobody knows", mediaWith("#EXT-X-PLAYLIST-TYPE:LIVE\n", three), Illegal, 4, "RFC 8216bis 4.4.3.5", "neither EVENT nor VOD"},
	{"a VOD that never ends", mediaWith("#EXT-X-PLAYLIST-TYPE:VOD\n", three), Warning, 4, "RFC 8216bis 4.4.3.5", "without EXT-X-ENDLIST"},
	{"a window of two segments", mediaWith("#EXT-X-MEDIA-SEQUENCE:7\n", "#EXTINF:4,", "a.ts", "#EXTINF:4,", "b.ts"), Illegal, 0, clauseLive, "shorter than three target durations"},
	{"discontinuities that leave uncounted", mediaWith("#EXT-X-MEDIA-SEQUENCE:7\n", three, "#EXT-X-DISCONTINUITY", three), Warning, 11, clauseLive, "without EXT-X-DISCONTINUITY-SEQUENCE"},

	{"a key without IV", mediaWith("#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n", three), Info, 4, clauseKey, "no IV"},
	{"half an IV", mediaWith("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x1234\n", three), Illegal, 4, clauseKey, "128 bits"},
	{"a cipher nobody knows", mediaWith("#EXT-X-KEY:METHOD=ROT13,URI=\"k\"\n", three), Warning, 4, clauseKey, "METHOD is not one of"},
	{"a key in the clear", mediaWith("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"http://k.example/k\"\n", three), Warning, 4, clauseKey, "without TLS"},
	{"a bit rate that is no number", mediaWith("#EXT-X-BITRATE:fast\n", three), Illegal, 4, "RFC 8216bis 4.4.4.8", "EXT-X-BITRATE is not a whole number"},
	{"a date that is none", mediaWith("#EXT-X-PROGRAM-DATE-TIME:yesterday\n", three), Illegal, 4, clauseDate, "not a date"},
	{"a date without zone", mediaWith("#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:00:00\n", three), Warning, 4, clauseDate, "without a time zone"},
	{"a date that jumps", mediaWith("#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:00:00Z\n", three, "#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:00:40Z", "#EXTINF:4,", "d.ts"), Warning, 13, clauseDate, "date jumps"},
	{"a start outside", mediaWith("#EXT-X-START:TIME-OFFSET=100\n", three, "#EXT-X-ENDLIST"), Warning, 4, "RFC 8216bis 4.4.2.2", "outside the playlist"},
	{"a start at the live edge", mediaWith("#EXT-X-START:TIME-OFFSET=-4\n", three), Warning, 4, "RFC 8216bis 4.4.2.2", "within three target durations"},
	{"a variable without a value", mediaWith("#EXT-X-DEFINE:NAME=\"a\"\n", three), Illegal, 4, clauseDefine, "NAME without VALUE"},

	{"a date range without ID", mediaWith("#EXT-X-DATERANGE:START-DATE=\"2026-11-24T12:00:00Z\"\n", three), Illegal, 4, clauseDates, "without ID"},
	{"a date range without a start", mediaWith("#EXT-X-DATERANGE:ID=\"a\"\n", three), Illegal, 4, clauseDates, "without START-DATE"},
	{"a date range without dates to lay it on", mediaWith("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-24T12:00:00Z\"\n", three), Illegal, 4, clauseDates, "without EXT-X-PROGRAM-DATE-TIME"},
	{"a date range that runs back", mediaWith("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-24T12:00:00Z\",END-DATE=\"2026-11-24T11:00:00Z\"\n", three), Illegal, 4, clauseDates, "ends before it starts"},
	{"a date range of two lengths", mediaWith("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-24T12:00:00Z\",END-DATE=\"2026-11-24T13:00:00Z\",DURATION=1\n", three), Illegal, 4, clauseDates, "contradict"},
	{"END-ON-NEXT without CLASS", mediaWith("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-24T12:00:00Z\",END-ON-NEXT=YES\n", three), Illegal, 4, clauseDates, "without CLASS"},
	{"END-ON-NEXT and an end", mediaWith("#EXT-X-DATERANGE:ID=\"a\",CLASS=\"c\",START-DATE=\"2026-11-24T12:00:00Z\",DURATION=1,END-ON-NEXT=YES\n", three), Illegal, 4, clauseDates, "END-ON-NEXT with DURATION"},
	{"a date in a date range that is none", mediaWith("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"now\"\n", three), Illegal, 4, clauseDates, "START-DATE is not a date"},
	{"a length that is none", mediaWith("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-24T12:00:00Z\",DURATION=-1\n", three), Illegal, 4, clauseDates, "DURATION is not a length"},
	{"a splice in base64", mediaWith("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-24T12:00:00Z\",SCTE35-OUT=/DAl\n", three), Illegal, 4, "RFC 8216bis 4.4.5.1.1", "SCTE35-OUT is not a hexadecimal"},

	{"hold back too short", mediaWith("#EXT-X-SERVER-CONTROL:HOLD-BACK=11\n", three), Illegal, 4, clauseControl, "HOLD-BACK is less"},
	{"skipping too near the edge", mediaWith("#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=23\n", three), Illegal, 4, clauseControl, "CAN-SKIP-UNTIL is less"},
	{"date ranges skipped, segments not", mediaWith("#EXT-X-SERVER-CONTROL:CAN-SKIP-DATERANGES=YES\n", three), Illegal, 4, clauseControl, "without CAN-SKIP-UNTIL"},
	{"parts without a distance", mediaWith("#EXT-X-PART-INF:PART-TARGET=1\n", three), Illegal, 4, clauseControl, "PART-HOLD-BACK is missing"},
	{"parts with too short a distance", lowLatency("PART-HOLD-BACK=1.9"), Illegal, 4, clauseControl, "less than twice"},
	{"parts with a short distance", lowLatency("PART-HOLD-BACK=2.9"), Warning, 4, clauseControl, "less than three times"},
	{"parts one must poll for", mediaWith("#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=3\n#EXT-X-PART-INF:PART-TARGET=1\n", three), Warning, 5, "RFC 8216bis B.1", "without CAN-BLOCK-RELOAD"},
	{"parts without a hint", lowLatency("PART-HOLD-BACK=3"), Warning, 0, "RFC 8216bis B.1", "without EXT-X-PRELOAD-HINT"},
	{"parts longer than segments", mediaWith("#EXT-X-PART-INF:PART-TARGET=5\n", three), Illegal, 4, "RFC 8216bis 4.4.3.7", "PART-TARGET is longer"},
	{"PART-INF without its target", mediaWith("#EXT-X-PART-INF:A=1\n", three), Illegal, 4, "RFC 8216bis 4.4.3.7", "without PART-TARGET"},
	{"a part without PART-INF", mediaWith("", three, "#EXT-X-PART:DURATION=1,URI=\"p\""), Illegal, 10, "RFC 8216bis 4.4.3.7", "EXT-X-PART without EXT-X-PART-INF"},
	{"a part too long", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PART:DURATION=1.1,URI=\"p\""), Illegal, 12, clausePart, "longer than PART-TARGET"},
	{"a part without its length", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PART:URI=\"p\""), Illegal, 12, clausePart, "not read"},
	{"a part's range that continues nothing", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PART:DURATION=1,URI=\"p\",BYTERANGE=\"10\""), Illegal, 12, clausePart, "without an offset"},
	{"a hint without a URI", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PRELOAD-HINT:TYPE=PART"), Illegal, 12, clauseHint, "without TYPE or a URI"},
	{"a hint of another type", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PRELOAD-HINT:TYPE=KEY,URI=\"k\""), Info, 12, clauseHint, "neither PART nor MAP"},
	{"two hints", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p\"", "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"q\""), Illegal, 13, clauseHint, "two EXT-X-PRELOAD-HINT"},
	{"a report without a URI", lowLatency("PART-HOLD-BACK=3", "#EXT-X-RENDITION-REPORT:LAST-MSN=1"), Illegal, 12, clauseReport, "without a URI"},
	{"a report without a number", lowLatency("PART-HOLD-BACK=3", "#EXT-X-RENDITION-REPORT:URI=\"b\""), Illegal, 12, clauseReport, "without LAST-MSN"},
	{"a report with an absolute URI", lowLatency("PART-HOLD-BACK=3", "#EXT-X-RENDITION-REPORT:URI=\"https://edge.example/b\",LAST-MSN=1"), Illegal, 12, clauseReport, "not relative"},
	{"a delta update", mediaWith("#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n", three), Info, 0, "RFC 8216bis 4.4.5.2", "delta update"},

	{"no BANDWIDTH", masterWith("#EXT-X-STREAM-INF:CODECS=\"a\"", "v"), Illegal, 3, clauseStream, "BANDWIDTH is missing"},
	{"a BANDWIDTH with a fraction", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=1280000.5", "v"), Illegal, 3, clauseStream, "BANDWIDTH is not a whole number"},
	{"an average with a fraction", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=2,AVERAGE-BANDWIDTH=1.5", "v"), Illegal, 3, clauseStream, "AVERAGE-BANDWIDTH is not a whole number"},
	{"an average above the peak", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=2,AVERAGE-BANDWIDTH=3", "v"), Warning, 3, clauseStream, "above BANDWIDTH"},
	{"no CODECS", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=2", "v"), Warning, 3, clauseStream, "without CODECS"},
	{"a resolution of one number", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=2,RESOLUTION=720p", "v"), Illegal, 3, clauseStream, "RESOLUTION"},
	{"a frame rate that is none", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=2,FRAME-RATE=fast", "v"), Illegal, 3, clauseStream, "FRAME-RATE"},
	{"a variant twice", masterWith(soundVariant, soundVariant), Warning, 5, clauseStream, "same URI"},
	{"a variant without URI", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=1", soundVariant), Illegal, 4, clauseStream, "without a URI of its own"},
	{"a group that is not there", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO=\"a\"", "v"), Illegal, 3, clauseStream, "AUDIO names a group that does not exist"},
	{"a group that nobody uses", masterWith("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\",CHANNELS=\"2\"", soundVariant), Info, 3, clauseMedia, `AUDIO group "a" is used by no variant`},
	{"captions on some", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=2,CLOSED-CAPTIONS=NONE", "v", soundVariant), Illegal, 0, clauseStream, "on some variants only"},
	{"one NAME twice", masterWith("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\"", "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\"", soundVariant), Illegal, 4, clauseGroups, "one NAME"},
	{"two defaults", masterWith("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\",DEFAULT=YES", "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"m\",DEFAULT=YES", soundVariant), Illegal, 4, clauseGroups, "more than one DEFAULT"},
	{"a rendition without NAME", masterWith("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\"", soundVariant), Illegal, 3, clauseMedia, "EXT-X-MEDIA without NAME"},
	{"a default not to be selected", masterWith("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\",DEFAULT=YES,AUTOSELECT=NO", soundVariant), Illegal, 3, clauseMedia, "AUTOSELECT=NO"},
	{"forced sound", masterWith("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\",FORCED=YES", soundVariant), Illegal, 3, clauseMedia, "FORCED"},
	{"captions that are nowhere", masterWith("#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"a\",NAME=\"n\"", soundVariant), Illegal, 3, clauseMedia, "INSTREAM-ID belongs"},
	{"captions in CC5", masterWith("#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"a\",NAME=\"n\",INSTREAM-ID=\"CC5\"", soundVariant), Illegal, 3, clauseMedia, "CC1 to CC4"},
	{"captions to fetch", masterWith("#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"a\",NAME=\"n\",INSTREAM-ID=\"SERVICE63\",URI=\"c\"", soundVariant), Illegal, 3, clauseMedia, "CLOSED-CAPTIONS with URI"},
	{"sound of unknown channels", masterWith("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\"", soundVariant), Warning, 3, clauseMedia, "without CHANNELS"},
	{"subtitles without URI", masterWith("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"a\",NAME=\"n\"", soundVariant), Illegal, 3, clauseMedia, "SUBTITLES without URI"},
	{"another type", masterWith("#EXT-X-MEDIA:TYPE=SMELL,GROUP-ID=\"a\",NAME=\"n\"", soundVariant), Illegal, 3, clauseMedia, "TYPE is not one of"},
	{"an I-frame variant without URI", masterWith(soundVariant, "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1"), Illegal, 5, clauseIFrames, "without a URI"},
	{"a session key that is none", masterWith("#EXT-X-SESSION-KEY:METHOD=NONE", soundVariant), Illegal, 3, "RFC 8216bis 4.4.6.5", "METHOD NONE"},
	{"session data without a name", masterWith("#EXT-X-SESSION-DATA:VALUE=\"a\"", soundVariant), Illegal, 3, clauseData, "without DATA-ID"},
	{"session data without data", masterWith("#EXT-X-SESSION-DATA:DATA-ID=\"a\"", soundVariant), Illegal, 3, clauseData, "either VALUE or URI"},
	{"session data twice", masterWith("#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"1\"", "#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"2\"", soundVariant), Illegal, 4, clauseData, "twice"},
	{"steering to nowhere", masterWith("#EXT-X-CONTENT-STEERING:PATHWAY-ID=\"a\"", soundVariant), Illegal, 3, clauseSteering, "without a SERVER-URI"},
	{"steering to a pathway that is not there", masterWith("#EXT-X-CONTENT-STEERING:SERVER-URI=\"s\",PATHWAY-ID=\"a\"", soundVariant), Illegal, 3, clauseSteering, "that of no variant"},
	{"steering without a choice", masterWith("#EXT-X-CONTENT-STEERING:SERVER-URI=\"s\"", soundVariant), Info, 3, clauseSteering, "one pathway only"},

	{"a token in a segment's URL", mediaWith("", "#EXTINF:4,", "https://edge.example/videos/7_v/s3cr3tTOKEN/1999999999/a.ts"), Warning, 5, clauseRelative, "carries a token of its own"},
	{"a token in a variant's URL", masterWith("#EXT-X-STREAM-INF:BANDWIDTH=1", "/videos/7_v/s3cr3tTOKEN/1999999999/a.m3u8"), Warning, 4, clauseRelative, "carries a token of its own"},
	{"a token in a key's URL", mediaWith("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"/k/s3cr3tTOKEN/1999999999/k\"\n", three), Warning, 4, clauseRelative, "carries a token of its own"},
	{"another host", mediaWith("", "#EXTINF:4,", "https://cdn.example/a.ts"), Warning, 5, clauseRelative, "another host, cdn.example"},
	{"from https to http", mediaWith("", "#EXTINF:4,", "http://edge.example/a.ts"), Illegal, 5, "Mixed Content 5.3", "browsers block"},
	{"a window of long ago", mediaWith("#EXT-X-PROGRAM-DATE-TIME:2026-11-24T11:00:00Z\n", three), Warning, 0, clauseLive, "newest segment ended 59m48s ago"},
}

func lowLatency(control string, rest ...string) string {
	return mediaWith("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,"+control+"\n#EXT-X-PART-INF:PART-TARGET=1\n", append([]string{three}, rest...)...)
}

func TestLint(t *testing.T) {
	for _, row := range lintRows {
		t.Run(row.name, func(t *testing.T) {
			for _, f := range mustParse(t, row.body).Lint(epoch) {
				if strings.Contains(f.Text, row.says) && f.Clause == row.clause && f.Severity == row.severity && f.Line == row.line {
					return
				}
				if strings.Contains(f.String(), "s3cr3tTOKEN") {
					t.Errorf("%v shows the token", f)
				}
			}
			t.Errorf("findings = %v; want %v on line %d (%s): …%s…", mustParse(t, row.body).Lint(epoch), row.severity, row.line, row.clause, row.says)
		})
	}
}

// TestLintSilent: sound playlists have no findings.
func TestLintSilent(t *testing.T) {
	for _, row := range []struct{ name, body string }{
		{"live", mediaWith("#EXT-X-MEDIA-SEQUENCE:7\n", three)},
		{"VOD", mediaWith("#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"i\"\n", three, "#EXT-X-ENDLIST")},
		{"4.4 s round to the target of 4", mediaWith("", "#EXTINF:4.4,", "a.ts")},
		{"low latency", lowLatency("PART-HOLD-BACK=3,CAN-SKIP-UNTIL=24", "#EXT-X-PART:DURATION=1,URI=\"p\",INDEPENDENT=YES", "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"q\"", "#EXT-X-RENDITION-REPORT:URI=\"../b\",LAST-MSN=3,LAST-PART=0")},
		{"multivariant", masterWith("#EXT-X-INDEPENDENT-SEGMENTS", soundVariant)},
		{"two variants with one URI and two groups", masterWith(
			`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",CHANNELS="2",URI="a"`, `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="b",NAME="n",CHANNELS="6",URI="b"`,
			`#EXT-X-STREAM-INF:BANDWIDTH=2,CODECS="c",AUDIO="a"`, "v", `#EXT-X-STREAM-INF:BANDWIDTH=2,CODECS="c",AUDIO="b"`, "v")},
	} {
		if found := mustParse(t, row.body).Lint(time.Time{}); len(found) > 0 {
			t.Errorf("%s: %v; want none", row.name, found)
		}
	}
}

// TestLintCounts: one fault on many lines is one finding.
func TestLintCounts(t *testing.T) {
	p := mustParse(t, mediaWith("", strings.Repeat("#EXTINF:9,\na.ts\n", 5000)))
	if len(p.Findings) != 2 || p.Findings[1].More != 4999 || p.Findings[1].Line != 5 {
		t.Errorf("findings = %v; want a blank line, and an EXTINF too long on line 5 and 4999 more", p.Findings)
	}
}

// TestLintRules: every rule in the sources has a row above.
func TestLintRules(t *testing.T) {
	var all []string
	for _, row := range lintRows {
		for _, f := range mustParse(t, row.body).Lint(epoch) {
			all = append(all, f.Text)
		}
	}
	text := strings.Join(all, "\n")
	files, err := filepath.Glob("hls_*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range append(files, "child.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, format := range ruleTexts(t, name) {
			n++
			if !regexp.MustCompile(regexp.MustCompile(`%[a-z]`).ReplaceAllString(regexp.QuoteMeta(format), ".*")).MatchString(text) {
				t.Errorf("%s: no row makes the finding %q", name, format)
			}
		}
	}
	t.Logf("%d rules, %d rows", n, len(lintRows))
}

// ruleTexts are the texts of all findings that a source file can make.
func ruleTexts(t *testing.T, name string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !finds(call.Fun) {
			return true
		}
		for _, arg := range call.Args {
			if b, ok := arg.(*ast.BinaryExpr); ok {
				arg = b.X
			}
			lit, ok := arg.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				continue
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && text != "%s" && !strings.HasPrefix(text, "RFC ") && !strings.HasPrefix(text, "Mixed Content") {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}

func finds(fun ast.Expr) bool {
	switch f := fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name == "find"
	case *ast.Ident:
		return f.Name == "bad"
	}
	return false
}
