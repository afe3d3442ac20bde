package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const patched = `<?xml version="1.0"?>
<MPD id="m" publishTime="2026-11-24T12:00:00Z" type="dynamic">
  <PatchLocation ttl="60">p?1</PatchLocation>
  <Period id="1"><AdaptationSet id="v"><SegmentTemplate><SegmentTimeline><S t="0" d="2"/><S d="3"/></SegmentTimeline></SegmentTemplate></AdaptationSet><AdaptationSet id="a"/></Period>
  <!-- kept -->
</MPD>`

// patchOf wraps operations in a patch that fits patched.
func patchOf(operations string) string {
	return `<?xml version="1.0"?><Patch xmlns="urn:mpeg:dash:schema:mpd-patch:2020" mpdId="m" originalPublishTime="2026-11-24T12:00:00Z" publishTime="2026-11-24T12:00:02Z">` +
		`<replace sel="/MPD/@publishTime">2026-11-24T12:00:02Z</replace>` + operations + `</Patch>`
}

// TestPatch has the operations of RFC 5261 that clause 5.15 allows.
func TestPatch(t *testing.T) {
	for _, row := range []struct{ name, operation, old, new string }{
		{"a segment at the end", `<add sel="/MPD/Period[@id='1']/AdaptationSet[@id='v']/SegmentTemplate/SegmentTimeline"><S d="4"/></add>`, `<S d="3"/>`, `<S d="3"/><S d="4"/>`},
		{"at the front", `<add sel="/MPD/Period/AdaptationSet[1]/SegmentTemplate/SegmentTimeline" pos="prepend"><S d="4"/></add>`, `<S t="0"`, `<S d="4"/><S t="0"`},
		{"before one", `<add sel="/MPD/Period[1]/AdaptationSet[@id=&quot;v&quot;]//S" pos="before"><S d="4"/></add>`, "", ""},
		{"before another", `<add sel="/MPD/Period/AdaptationSet/SegmentTemplate/SegmentTimeline/S[2]" pos="before"><S d="4"/></add>`, `<S d="3"/>`, `<S d="4"/><S d="3"/>`},
		{"behind another", `<add sel="/MPD/Period/AdaptationSet/SegmentTemplate/SegmentTimeline/S[1]" pos="after"><S d="4"/></add>`, `<S d="3"/>`, `<S d="4"/><S d="3"/>`},
		{"into an empty element", `<add sel="/MPD/Period/AdaptationSet[2]"><Role value="main"/></add>`, `<AdaptationSet id="a"/>`, `<AdaptationSet id="a"><Role value="main"/></AdaptationSet>`},
		{"an attribute", `<add sel="/MPD/Period/AdaptationSet[@id='v']/SegmentTemplate/SegmentTimeline/S[2]" type="@r">3 &amp; "4"</add>`, `<S d="3"/>`, `<S d="3" r="3 &amp; &quot;4&quot;"/>`},
		{"an attribute's value", `<replace sel="/MPD/Period/AdaptationSet/SegmentTemplate/SegmentTimeline/S[@t='0']/@d">9</replace>`, `d="2"`, `d="9"`},
		{"an element", `<replace sel="/MPD/PatchLocation[1]"><PatchLocation ttl="60">p?2</PatchLocation></replace>`, `p?1`, `p?2`},
		{"a text", `<replace sel="/MPD/PatchLocation/text()">p?2</replace>`, `p?1`, `p?2`},
		{"an element goes", `<remove sel="/MPD/Period/AdaptationSet[@id='v'][1]/SegmentTemplate/SegmentTimeline/S[1]"/>`, `<S t="0" d="2"/>`, ``},
		{"an attribute goes", `<remove sel="/MPD/Period/AdaptationSet/SegmentTemplate/SegmentTimeline/S[2]/@d"/>`, `<S d="3"/>`, `<S/>`},
		{"by a name with a prefix", `<remove sel="/d:MPD/d:Period/d:AdaptationSet[2]"/>`, `<AdaptationSet id="a"/>`, ``},
		{"one after the other", `<remove sel="/MPD/Period/AdaptationSet[1]"/><replace sel="/MPD/Period/AdaptationSet[1]/@id">b</replace>`, patched[strings.Index(patched, `<AdaptationSet id="v"`):strings.Index(patched, "</Period>")], `<AdaptationSet id="b"/>`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Patch([]byte(patched), []byte(patchOf(row.operation)))
			if row.old == "" {
				if !errors.Is(err, ErrPatch) {
					t.Errorf("%v; want a refusal: // is not in the subset", err)
				}
				return
			}
			want := strings.Replace(strings.Replace(patched, row.old, row.new, 1), "12:00:00Z", "12:00:02Z", 1)
			if err != nil || string(got) != want {
				t.Errorf("Patch = %s, %v; want %s", got, err, want)
			}
		})
	}
}

// TestPatchRefusals: a patch that does not fit must not half apply.
func TestPatchRefusals(t *testing.T) {
	fits := patchOf("")
	for _, row := range []struct {
		name, patch string
		want        error
		says        string
	}{
		{"another MPD's", strings.Replace(fits, `mpdId="m"`, `mpdId="n"`, 1), ErrPatch, "mpdId"},
		{"another version's", strings.Replace(fits, `originalPublishTime="2026-11-24T12:00:00Z"`, `originalPublishTime="2026-11-24T11:00:00Z"`, 1), ErrPatch, "originalPublishTime"},
		{"without its own time", strings.Replace(fits, ` publishTime=`, ` x=`, 1), ErrPatch, "@publishTime"},
		{"that does not get there", strings.Replace(fits, ` publishTime="2026-11-24T12:00:02Z"`, ` publishTime="2026-11-24T12:00:04Z"`, 1), ErrPatch, "afterwards"},
		{"of nothing", patchOf(`<remove sel="/MPD/Period[2]"/>`), ErrPatch, "operation 2: a selector that finds 0 nodes"},
		{"of several", patchOf(`<remove sel="/MPD/Period/AdaptationSet"/>`), ErrPatch, "finds 2 nodes"},
		{"of all", patchOf(`<remove sel="/MPD"/>`), ErrPatch, "itself"},
		{"that replaces all", patchOf(`<replace sel="/MPD"><x/></replace>`), ErrPatch, "replaced"},
		{"with another root", patchOf(`<add sel="/MPD" pos="after"><MPD/></add>`), ErrPatch, "second root"},
		{"of an attribute twice", patchOf(`<add sel="/MPD" type="@id">x</add>`), ErrPatch, "@id"},
		{"of a namespace", patchOf(`<add sel="/MPD" type="namespace::x">x</add>`), ErrPatch, "namespace"},
		{"with a function", patchOf(`<remove sel="/MPD/Period[position()=1]"/>`), ErrPatch, "predicate"},
		{"with a broken selector", patchOf(`<remove sel="/MPD/Period[@id='1]"/>`), ErrPatch, "cut off"},
		{"without selector", patchOf(`<remove/>`), ErrPatch, "@sel"},
		{"of a million operations", patchOf(strings.Repeat(`<remove sel="/MPD/x"/>`, 20_000)), ErrPatch, "too many"},
		{"with another operation", patchOf(`<move sel="/MPD/Period"/>`), ErrPatch, "move"},
		{"cut", fits[:len(fits)-9], ErrTruncated, "ends inside"},
		{"an MPD", patched, ErrNotManifest, "no MPD patch"},
		{"a page", "<!doctype html><html></html>", ErrNotManifest, "no MPD patch"},
		{"text", "410 Gone", ErrNotManifest, "no XML"},
		{"nothing", "", ErrNotManifest, "empty"},
	} {
		got, err := Patch([]byte(patched), []byte(row.patch))
		if got != nil || !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.says) {
			t.Errorf("a patch %s: %s, %v; want %v with %q", row.name, got, err, row.want, row.says)
		}
	}
}

// TestPatchedTimeline: what a live origin sends every two seconds.
func TestPatchedTimeline(t *testing.T) {
	body := []byte(cleanLive)
	at := []string{"12:00:10Z", "12:00:12Z", "12:00:14Z"}
	for i := range 2 {
		patch := fmt.Sprintf(`<Patch xmlns="urn:mpeg:dash:schema:mpd-patch:2020" mpdId="live" originalPublishTime="2026-11-24T%s" publishTime="2026-11-24T%s">
<replace sel="/MPD/@publishTime">2026-11-24T%s</replace>
<replace sel="/MPD/Period[@id='1']/AdaptationSet[1]/SegmentTemplate/SegmentTimeline/S[1]/@t">%d</replace></Patch>`, at[i], at[i+1], at[i+1], 20*(i+1))
		var err error
		if body, err = Patch(body, []byte(patch)); err != nil {
			t.Fatal(err)
		}
	}
	list := mustParse(t, string(body)).track0().Listed()
	if len(list) != 5 || list[0].Ref.URI != "40.m4s" || list[4].Ref.URI != "120.m4s" {
		t.Errorf("segments = %+v; want 40 … 120", list)
	}
}

func TestIsPatch(t *testing.T) {
	for _, row := range []struct {
		body string
		want bool
	}{
		{`<?xml version="1.0"?><Patch mpdId="m"/>`, true},
		{cleanLive, false},
		{"<html>403 Forbidden</html>", false},
		{"", false},
	} {
		if got := IsPatch([]byte(row.body)); got != row.want {
			t.Errorf("IsPatch(%.30q) = %v; want %v", row.body, got, row.want)
		}
	}
}
