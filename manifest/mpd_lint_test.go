package manifest

import (
	"strings"
	"testing"
	"time"
)

// clean MPDs, about which there is nothing to say; a row of TestMPDLint spoils
// one of them by a replacement.
const cleanStatic = `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" minBufferTime="PT2S" maxSegmentDuration="PT2S">
<BaseURL>media/</BaseURL>
<Period id="1" start="PT0S" duration="PT8S">
<AdaptationSet contentType="video" mimeType="video/mp4">
<SegmentTemplate timescale="10" initialization="$RepresentationID$/i.mp4" media="$RepresentationID$/$Time$.m4s">
<SegmentTimeline><S t="0" d="20"/><S d="20"/><S d="20" r="1"/></SegmentTimeline>
</SegmentTemplate>
<Representation id="v1" bandwidth="1000"/>
<Representation id="v2" bandwidth="2000"/>
</AdaptationSet>
</Period>
<Period id="2" start="PT8S" duration="PT4S">
<AdaptationSet contentType="audio" mimeType="audio/mp4">
<SegmentTemplate duration="2" media="$Number$.m4s"/>
<Representation id="a" bandwidth="96000"/>
</AdaptationSet>
</Period>
</MPD>`

const cleanLive = `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" id="live" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic" minBufferTime="PT2S"
 availabilityStartTime="2026-11-24T12:00:00Z" publishTime="2026-11-24T12:00:10Z" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT20S" suggestedPresentationDelay="PT6S">
<Location>index.mpd</Location>
<Period id="1" start="PT0S">
<AdaptationSet contentType="video" mimeType="video/mp4">
<SegmentTemplate timescale="10" media="$Time$.m4s"><SegmentTimeline><S t="0" d="20" r="4"/></SegmentTimeline></SegmentTemplate>
<Representation id="v1" bandwidth="1000"/>
</AdaptationSet>
</Period>
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="time"/>
</MPD>`

// TestMPDLint has a row for each rule: what spoils a clean MPD, and what is said.
func TestMPDLint(t *testing.T) {
	for _, row := range []struct {
		name     string
		body     string
		old, new string
		want     string // the whole finding, or its beginning
	}{
		{"a clock is not named", cleanLive, `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="time"/>`, ``, "line 3: warning: a dynamic MPD without UTCTiming: players rely on the viewer's clock (ISO/IEC 23009-1 5.8.4.11)"},
		{"a timeline that never grows", cleanLive, ` minimumUpdatePeriod="PT2S"`, ``, "line 3: warning: a dynamic MPD with SegmentTimeline and without @minimumUpdatePeriod never lists another segment (ISO/IEC 23009-1 5.3.1.2)"},
		{"a live MPD without its date", cleanLive, ` publishTime="2026-11-24T12:00:10Z"`, ``, "line 3: illegal: a dynamic MPD without @publishTime (ISO/IEC 23009-1 5.3.1.2)"},
		{"a live MPD without its origin of time", cleanLive, `availabilityStartTime="2026-11-24T12:00:00Z"`, ``, "line 3: illegal: a dynamic MPD without @availabilityStartTime: 1970-01-01 is assumed (ISO/IEC 23009-1 5.3.1.2)"},
		{"a buffer of two segments", cleanLive, `timeShiftBufferDepth="PT20S"`, `timeShiftBufferDepth="PT4S"`, "line 3: warning: @timeShiftBufferDepth 4s is less than three segments of 2s"},
		{"a delay of half a segment", cleanLive, `suggestedPresentationDelay="PT6S"`, `suggestedPresentationDelay="PT1S"`, "line 3: warning: @suggestedPresentationDelay 1s is less than a segment of 2s, which cannot be fetched before it is complete (ISO/IEC 23009-1 5.3.1.2)"},
		{"a delay over the buffer", cleanLive, `suggestedPresentationDelay="PT6S"`, `suggestedPresentationDelay="PT30S"`, "line 3: warning: @suggestedPresentationDelay 30s is more than @timeShiftBufferDepth 20s (ISO/IEC 23009-1 5.3.1.2)"},
		{"patches for an MPD without a name", strings.Replace(cleanLive, "<Location>", "<PatchLocation>p</PatchLocation><Location>", 1), ` id="live"`, ``, "line 3: illegal: PatchLocation, but no MPD@id that patches could name (ISO/IEC 23009-1 5.15.2)"},
		{"a token in Location", cleanLive, `<Location>index.mpd`, `<Location>/v/7/AAAAAAAAAAAAAAAA/1999999999/index.mpd`, "line 4: warning: a reference carries a token of its own"},
		{"a period not known yet", cleanLive, `</Period>`, `</Period><Period id="2"/>`, "line 10: info: Period 2 has no start yet: it and what follows are left out (ISO/IEC 23009-1 5.3.2.1)"},

		{"no profiles", cleanStatic, ` profiles="urn:mpeg:dash:profile:isoff-live:2011"`, ``, "line 2: illegal: MPD without @profiles (ISO/IEC 23009-1 5.3.1.2)"},
		{"no buffer time", cleanStatic, ` minBufferTime="PT2S"`, ``, "line 2: illegal: MPD without @minBufferTime (ISO/IEC 23009-1 5.3.1.2)"},
		{"no end", strings.Replace(cleanStatic, `<SegmentTemplate duration="2" media="$Number$.m4s"/>`, `<BaseURL>a.mp4</BaseURL>`, 1), ` duration="PT4S"`, ``, "line 2: illegal: a static MPD with neither @mediaPresentationDuration nor Period@duration (ISO/IEC 23009-1 5.3.1.2)"},
		{"updates of what never changes", cleanStatic, ` type="static"`, ` type="static" minimumUpdatePeriod="PT2S"`, "line 2: warning: @minimumUpdatePeriod in a static MPD has no meaning (ISO/IEC 23009-1 5.3.1.2)"},
		{"a hole", cleanStatic, `<S t="0" d="20"/><S d="20"/>`, `<S t="0" d="20"/><S t="25" d="20"/>`, "line 6: warning: a hole of 500ms in the SegmentTimeline, before S element 2 (ISO/IEC 23009-1 5.3.9.6)"},
		{"an overlap", cleanStatic, `<S t="0" d="20"/><S d="20"/>`, `<S t="0" d="20"/><S t="19" d="20"/>`, "line 6: illegal: S element 2 begins 100ms before the one before it ends (ISO/IEC 23009-1 5.3.9.6)"},
		{"a segment too long", cleanStatic, `maxSegmentDuration="PT2S"`, `maxSegmentDuration="PT1S"`, "line 9: illegal: a segment of 2s, over @maxSegmentDuration 1s (ISO/IEC 23009-1 5.3.1.2)"},
		{"no bandwidth", cleanStatic, ` bandwidth="2000"`, ``, "line 10: illegal: Representation without @bandwidth: players cannot choose by throughput (ISO/IEC 23009-1 5.3.5.2)"},
		{"no identifier", cleanStatic, ` id="a"`, ``, "line 16: illegal: Representation without @id (ISO/IEC 23009-1 5.3.5.2)"},
		{"one identifier twice", cleanStatic, `id="v2"`, `id="v1"`, "line 10: illegal: a Representation @id that another of the Period has already (ISO/IEC 23009-1 5.3.5.2)"},
		{"a gap between periods", cleanStatic, `start="PT8S"`, `start="PT8.5S"`, "line 13: warning: a gap of 500ms before the Period (ISO/IEC 23009-1 5.3.2.1)"},
		{"periods over each other", cleanStatic, `start="PT8S"`, `start="PT7S"`, "line 13: illegal: the Period begins 1s before the one before it ends (ISO/IEC 23009-1 5.3.2.1)"},
		{"an offset that does not fit: too large", cleanStatic, `timescale="10" init`, `timescale="10" presentationTimeOffset="100" init`, "line 9: warning: the first segment ends 8s before its Period begins: @presentationTimeOffset does not match the timeline (ISO/IEC 23009-1 5.3.9.2)"},
		{"an offset that does not fit: none", cleanStatic, `<S t="0" d`, `<S t="5000" d`, "line 9: warning: the first segment begins 8m20s after its Period: @presentationTimeOffset does not match the timeline, or media is missing (ISO/IEC 23009-1 5.3.9.2)"},
		{"nobody knows what it carries", cleanStatic, `contentType="audio" mimeType="audio/mp4"`, ``, "line 14: warning: an AdaptationSet of which nothing says what it carries (ISO/IEC 23009-1 5.3.7.2)"},
		{"a token in BaseURL", cleanStatic, `>media/<`, `>https://b.example/v/AAAAAAAAAAAAAAAA/1999999999/<`, "line 3: warning: a reference carries a token of its own"},
		{"a number where none is", cleanStatic, `$RepresentationID$/i.mp4`, `$Number$.mp4`, "line 6: illegal: $Number$ or $Time$ in @initialization, where they have no meaning: left as they are (ISO/IEC 23009-1 5.3.9.4.4)"},
		{"keys unknown", cleanStatic, `<SegmentTemplate duration`, `<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc"/><SegmentTemplate duration`, "line 15: warning: ContentProtection of mp4protection without cenc:default_KID: players must fetch a segment to know the key (ISO/IEC 23009-1 5.8.4.1)"},
		{"essential and unknown", cleanStatic, `<SegmentTemplate duration`, `<EssentialProperty schemeIdUri="urn:x"/><SegmentTemplate duration`, "line 15: info: an EssentialProperty that soak does not know: players that do not either must leave its parent alone (ISO/IEC 23009-1 5.8.4.8)"},
		{"an index to be read", cleanStatic, `<SegmentTemplate duration="2" media="$Number$.m4s"/>`, `<SegmentBase indexRange="0-99"/>`, "line 16: info: one resource with an index: until that is read it counts as one segment (ISO/IEC 23009-1 5.3.9.2.2)"},
		{"a part elsewhere", cleanStatic, `</MPD>`, `<Period xmlns:xlink="http://www.w3.org/1999/xlink" start="PT12S" duration="PT4S" xlink:href="p"/></MPD>`, "line 19: info: Period stands elsewhere (xlink:href) and has to be fetched (ISO/IEC 23009-1 5.5)"},
		{"a range of a BaseURL", cleanStatic, `<BaseURL>`, `<BaseURL byteRange="$base$?$first$-$last$">`, "line 3: info: BaseURL@byteRange is not used (ISO/IEC 23009-1 5.6)"},

		{"a rate that is no whole number", cleanStatic, `bandwidth="2000"`, `bandwidth="2000.4"`, `line 10: illegal: Representation@bandwidth "2000.4" is not a whole number (ISO/IEC 23009-1 5.3.5.2)`},
		{"a whole number with a point", cleanStatic, `duration="2" media`, `duration="2.0" media`, `line 15: illegal: SegmentTemplate@duration "2.0" is not a whole number (ISO/IEC 23009-1 5.3.9.2)`},
		{"a negative offset", cleanStatic, `timescale="10" init`, `timescale="10" presentationTimeOffset="-1" init`, `line 6: illegal: SegmentTemplate@presentationTimeOffset "-1" is not an unsigned whole number (ISO/IEC 23009-1 5.3.9.2)`},
		{"a width that is none", cleanStatic, `bandwidth="2000"`, `bandwidth="2000" width="wide"`, `line 10: illegal: Representation@width "wide" is not a whole number (ISO/IEC 23009-1 5.3.5.2)`},
		{"an event at no time", cleanStatic, `<AdaptationSet contentType="audio"`, `<EventStream schemeIdUri="urn:x"><Event presentationTime="now"/></EventStream><AdaptationSet contentType="audio"`, `line 14: illegal: an Event whose @presentationTime or @duration is no number is left out (ISO/IEC 23009-1 5.10.2)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			if clean := mustParse(t, row.body); len(clean.Findings) != 0 {
				t.Fatalf("before: %v; want nothing", clean.Findings)
			}
			if !strings.Contains(row.body, row.old) {
				t.Fatalf("%q is not in the MPD", row.old)
			}
			found := mustParse(t, strings.Replace(row.body, row.old, row.new, 1)).Findings
			for _, f := range found {
				f.More = 0 // the same of another Representation
				if strings.HasPrefix(f.String(), row.want) {
					if strings.Contains(f.String(), "AAAA") {
						t.Errorf("%s has a token", f)
					}
					return
				}
			}
			t.Errorf("findings = %v; want %s", found, row.want)
		})
	}
}

// TestLegalOddities: what the schema allows and go-dash refuses is read without a
// word.
func TestLegalOddities(t *testing.T) {
	for _, row := range []struct{ name, old, new string }{
		{"segmentAlignment may be a number (5.3.3.2)", `contentType="audio"`, `contentType="audio" segmentAlignment="2"`},
		{"audioSamplingRate may be a range (5.3.7.2)", `id="a"`, `id="a" audioSamplingRate="44100 48000"`},
		{"durations may have years", `start="PT0S"`, `start="P0Y0M0DT0S"`},
		{"a delay may have months", `type="static"`, `type="static" suggestedPresentationDelay="P0Y0M0DT6S"`},
		{"white space collapses", `bandwidth="2000"`, `bandwidth=" 2000 "`},
		{"UTF-8 by another name", `encoding="UTF-8"`, `encoding="utf8"`},
		{"ASCII is UTF-8", `encoding="UTF-8"`, `encoding="US-ASCII"`},
		{"another quote", `encoding="UTF-8"`, `encoding='utf-8'`},
	} {
		p := mustParse(t, strings.Replace(cleanStatic, row.old, row.new, 1))
		if len(p.Findings) != 0 || len(p.Periods) != 2 || p.Periods[0].Sets[0].Renditions[1].Bandwidth != 2000 {
			t.Errorf("%s: %v", row.name, p.Findings)
		}
	}
}

// TestMPDBounds: what a hostile MPD may cost.
func TestMPDBounds(t *testing.T) {
	for _, row := range []struct{ name, body, says string }{
		{"deep", mpdOf("", strings.Repeat("<a>", 1000)+strings.Repeat("</a>", 1000)), "nested"},
		{"entities that double", `<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><MPD>&b;</MPD>`, "DOCTYPE"},
		{"a million periods", mpdOf("", strings.Repeat("<Period/>", 1_000_000)), "Periods"},
		{"a million elements", mpdOf("", strings.Repeat("<x/>", 1_000_001)), "elements"},
		{"r of 10^12", strings.Replace(cleanStatic, `r="1"`, `r="1000000000000"`, 1), "segments"},
		{"ten thousand attributes", mpdOf(strings.Repeat(` a="1"`, 10_000)+` presentationTimeOffset="-`, ""), ""},
		{"Latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?><MPD/>`, `encoding "ISO-8859-1"`},
		{"UTF-16", "\xff\xfe<\x00M\x00P\x00D\x00/\x00>\x00", "UTF-16"},
		{"a duration that is no number", strings.Replace(cleanStatic, `duration="2"`, `duration="two"`, 1), `line 15: unsupported manifest: SegmentTemplate@duration "two"`},
		{"a half unit", strings.Replace(cleanStatic, `duration="2"`, `duration="2.5"`, 1), `SegmentTemplate@duration "2.5"`},
		{"segment sequences", strings.Replace(cleanStatic, `<S t="0"`, `<S k="4" t="0"`, 1), "line 7: unsupported manifest: S@k 4"},
		{"a list that all inherit", mpdOf("", `<Period duration="PT9S"><AdaptationSet contentType="video"><SegmentList duration="1">`+strings.Repeat(`<SegmentURL/>`, 5000)+`</SegmentList>`+strings.Repeat(`<Representation/>`, 5000)+`</AdaptationSet></Period>`), "SegmentLists of more than"},
		{"protection that all inherit", mpdOf("", `<Period duration="PT9S"><AdaptationSet contentType="video">`+strings.Repeat(`<ContentProtection/>`, 1000)+strings.Repeat(`<Representation><ContentProtection/></Representation>`, 1000)+`</AdaptationSet></Period>`), "ContentProtections"},
		{"durations by pattern", strings.Replace(cleanStatic, `<S t="0"`, `<S p="1" t="0"`, 1), "line 7: unsupported manifest: S@p"},
		{"a negative duration of a segment", strings.Replace(cleanStatic, `<S d="20"/>`, `<S d="-20"/>`, 1), `line 7: unsupported manifest: S@d "-20" is negative`},
		{"a number beyond 32 bits where the field has 32", strings.Replace(cleanStatic, `<SegmentTemplate duration="2" media="$Number$.m4s"/>`, `<SegmentList duration="4294967296"><SegmentURL media="a"/></SegmentList>`, 1), `line 15: unsupported manifest: SegmentList@duration "4294967296"`},
		{"parts by $SubNumber$", strings.Replace(cleanStatic, `"$Number$.m4s"`, `"$Number$.$SubNumber$.m4s"`, 1), "$SubNumber$"},
		{"numbers that jump", strings.Replace(cleanStatic, `<S d="20"/>`, `<S n="9" d="20"/>`, 1), "line 7: Period 1, AdaptationSet 1, Representation 1: unsupported manifest: S@n 9 where the segments before count to 2"},
		{"everything elsewhere", mpdOf("", `<Period xlink:href="https://x.example/p.xml" xlink:actuate="onLoad"/>`), "stands elsewhere"},
	} {
		_, err := Parse(base, "", []byte(row.body))
		if err == nil || !strings.Contains(err.Error(), row.says) || !strings.HasPrefix(err.Error(), "edge.example/…/index.mpd: ") {
			t.Errorf("%s: %v; want %q", row.name, err, row.says)
		}
	}
}

// TestMPDHosts: what depends on where the MPD came from.
func TestMPDHosts(t *testing.T) {
	body := strings.Replace(cleanStatic, ">media/<", ">http://cdn.example/media/<", 1)
	for _, row := range []struct{ base, want string }{
		{"http://cdn.example/m.mpd", ""},
		{"http://edge.example/m.mpd", "line 3: warning: references go to another host, cdn.example: a token for this one may not open it (RFC 3986 5.2)"},
		{"https://cdn.example/m.mpd", "line 3: illegal: references go from https to http: browsers block them (Mixed Content 5.3)"},
	} {
		p, err := Parse(row.base, "", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range p.Lint(time.Time{}) {
			got += f.String()
		}
		if got != row.want {
			t.Errorf("%s: %s; want %s", row.base, got, row.want)
		}
	}
}
