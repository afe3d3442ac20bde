package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestAlternatives: several BaseURLs are as many ways (clause 5.6.5); levels
// multiply, and an absolute BaseURL ends what is above it.
func TestAlternatives(t *testing.T) {
	for _, row := range []struct{ name, mpd, period, set, want string }{
		{"one way without a name is none", `<BaseURL>a/</BaseURL>`, ``, ``, ""},
		{"one with a name is one", `<BaseURL serviceLocation="A">a/</BaseURL>`, ``, ``, "A=https://edge.example/videos/7/TOKEN/1999999999/a/1 "},
		{"two at the root", `<BaseURL serviceLocation="A">https://a.example/</BaseURL><BaseURL serviceLocation="B">https://b.example/</BaseURL>`, `<BaseURL>p/</BaseURL>`, ``, "A=https://a.example/p/1 B=https://b.example/p/1 "},
		{"two by two", `<BaseURL serviceLocation="A">https://a.example/</BaseURL><BaseURL serviceLocation="B">https://b.example/</BaseURL>`, `<BaseURL>p/</BaseURL>`, `<BaseURL>1/</BaseURL><BaseURL serviceLocation="C">2/</BaseURL>`,
			"A=https://a.example/p/1/1 C=https://a.example/p/2/1 B=https://b.example/p/1/1 C=https://b.example/p/2/1 "},
		{"absolute below", `<BaseURL serviceLocation="A">https://a.example/</BaseURL><BaseURL serviceLocation="B">https://b.example/</BaseURL>`, `<BaseURL serviceLocation="C">https://c.example/</BaseURL>`, ``, "C=https://c.example/1 "},
	} {
		p := mustParse(t, mpdOf("", row.mpd+`<Period duration="PT2S">`+row.period+`<AdaptationSet contentType="video">`+row.set+`<SegmentTemplate duration="2" media="$Number$"/><Representation id="v"/></AdaptationSet></Period>`))
		s, _ := p.track0().Number(1)
		got := ""
		for i, a := range s.Ref.Alternatives {
			got += a.ServiceLocation + "=" + p.Resolve(s.Ref.Via(i)) + " "
		}
		if got != row.want || len(s.Ref.Alternatives) > 0 && p.Resolve(s.Ref) != p.Resolve(s.Ref.Via(0)) {
			t.Errorf("%s: %s; want %s", row.name, got, row.want)
		}
	}
	p := mustParse(t, string(corpusFile(t, "dash/adx-sample_mpd_vod_location_fallback.mpd")))
	s, _ := p.track0().Number(1)
	if a := s.Ref.Alternatives; len(a) < 2 || a[1].Priority == 0 || a[1].Weight == 0 || a[0].ServiceLocation == a[1].ServiceLocation {
		t.Errorf("alternatives = %+v; want the DVB priorities of the file", a)
	}
}

// TestQuery: annex I adds to segment requests what its template says.
func TestQuery(t *testing.T) {
	for _, row := range []struct{ name, info, mpd, want string }{
		{"all of the MPD's query", `<up:UrlQueryInfo queryTemplate="$querypart$" useMPDUrlQuery="true"/>`, "?token=a&x=1", "1?token=a&x=1"},
		{"none to take", `<up:UrlQueryInfo queryTemplate="$querypart$" useMPDUrlQuery="true"/>`, "", "1"},
		{"not the MPD's", `<up:UrlQueryInfo queryTemplate="$querypart$" queryString="k=v"/>`, "?token=a", "1?k=v"},
		{"both", `<up:UrlQueryInfo queryTemplate="$querypart$" useMPDUrlQuery="true" queryString="k=v"/>`, "?token=a", "1?token=a&k=v"},
		{"one parameter by name", `<up:UrlQueryInfo queryTemplate="t=$query:token$" useMPDUrlQuery="true"/>`, "?x=1&token=a%2B", "1?t=a%2B"},
		{"another origin does not get it", `<up:ExtUrlQueryInfo queryTemplate="$querypart$" useMPDUrlQuery="true" sameOriginOnly="true"/><!-- -->`, "?token=a", "1?token=a"},
		{"not for segments", `<up:ExtUrlQueryInfo queryTemplate="$querypart$" useMPDUrlQuery="true" includeInRequests="steering"/>`, "?token=a", "1"},
	} {
		body := mpdOf("", `<Period duration="PT2S"><AdaptationSet contentType="video"><EssentialProperty schemeIdUri="urn:mpeg:dash:urlparam:2016">`+row.info+`</EssentialProperty><SegmentTemplate duration="2" media="$Number$"/><Representation id="v"/></AdaptationSet></Period>`)
		p, err := Parse("https://e.example/m.mpd"+row.mpd, "", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		s, _ := p.track0().Number(1)
		if got := p.Resolve(s.Ref); got != "https://e.example/"+row.want {
			t.Errorf("%s: %s; want https://e.example/%s", row.name, got, row.want)
		}
	}
	if q := (&Query{Template: "$querypart$", FromMPD: true, SameOrigin: true}); q.add("https://a.example/m?t=1", "https://b.example/s") != "https://b.example/s" {
		t.Error("sameOriginOnly gives the query away")
	}
}

// TestDereference: content from elsewhere takes the place of what names it.
func TestDereference(t *testing.T) {
	const period = `<Period id="ad" duration="PT2S"><AdaptationSet contentType="video"><SegmentTemplate duration="2" media="ad-$Number$"/><Representation id="v"/></AdaptationSet></Period>`
	body := mpdOf("", period+`<Period xlink:href="ad.xml" xlink:actuate="onLoad" duration="PT1S"/><Period xlink:href="urn:mpeg:dash:resolve-to-zero:2013" start="PT100S"/>`+strings.Replace(period, `"ad"`, `"last"`, 1))
	p := mustParse(t, body)
	if len(p.Periods) != 3 || len(p.DASH.Remotes) != 1 || !p.DASH.Remotes[0].OnLoad || p.DASH.Remotes[0].Element != "Period" || p.Resolve(p.DASH.Remotes[0].Ref) != "https://edge.example/videos/7/TOKEN/1999999999/ad.xml" {
		t.Fatalf("%d periods, remotes %+v; want 3 (one resolves to zero), one remote", len(p.Periods), p.DASH.Remotes)
	}
	remote := p.DASH.Remotes[0]
	if all, err := Remotes([]byte(body)); err != nil || fmt.Sprint(all) != fmt.Sprint(p.DASH.Remotes) {
		t.Errorf("Remotes = %+v, %v; want %+v, as Parse has them", all, err, p.DASH.Remotes)
	}
	got, err := Dereference([]byte(body), remote, []byte(`<?xml version="1.0"?>`+period+period))
	if err != nil {
		t.Fatal(err)
	}
	p = mustParse(t, string(got))
	if len(p.Periods) != 4 || len(p.DASH.Remotes) != 0 || p.Periods[3].Start != 6*time.Second || p.Periods[3].ID != "last" {
		t.Errorf("periods %+v; want 4, the last at 6s", p.Periods)
	}
	if got, err = Dereference([]byte(body), remote, nil); err != nil || len(mustParse(t, string(got)).Periods) != 2 {
		t.Errorf("nothing: %v; want the period gone", err)
	}
	for _, row := range []struct {
		name, content string
		want          error
	}{
		{"a page", "<html>403</html>", ErrNotManifest},
		{"text", "403 Forbidden", ErrNotManifest},
		{"another element", "<AdaptationSet/>", ErrNotManifest},
		{"a link further", `<Period xlink:href="x"/>`, ErrUnsupported},
		{"a link further, to another set", `<Period/><AdaptationSet xlink:href="x"/>`, ErrNotManifest},
		{"a cut body", period[:50], ErrTruncated},
	} {
		if got, err := Dereference([]byte(body), remote, []byte(row.content)); got != nil || !errors.Is(err, row.want) {
			t.Errorf("%s: %v; want %v", row.name, err, row.want)
		}
	}
	if _, err := Dereference([]byte(body), Remote{Element: "Period", Ref: Ref{URI: "other"}}, nil); err == nil {
		t.Error("a remote that is not in the MPD is accepted")
	}
	inside := strings.Replace(period, "<AdaptationSet ", `<AdaptationSet xlink:href="set.xml" xlink:actuate="onLoad" `, 1)
	if got, err = Dereference([]byte(body), remote, []byte(inside)); err != nil {
		t.Errorf("a set inside of a period that stands elsewhere too: %v", err)
	}
	if all, err := Remotes(got); err != nil || len(all) != 1 || all[0].Element != "AdaptationSet" || !all[0].OnLoad {
		t.Errorf("then Remotes = %+v, %v; want the set", all, err)
	}
	if got, err = Unlink([]byte(body), remote); err != nil {
		t.Fatal(err)
	}
	if p = mustParse(t, string(got)); len(p.Periods) != 3 || len(p.DASH.Remotes) != 0 {
		t.Errorf("unlinked: %d periods, remotes %+v; want 3, none elsewhere", len(p.Periods), p.DASH.Remotes)
	}
	if _, err := Unlink([]byte(body), Remote{Element: "Period", Ref: Ref{URI: "other"}}); err == nil {
		t.Error("a remote that is not in the MPD is unlinked")
	}
}

// TestLiveHints: what a low-latency MPD says, in the terms of both formats.
func TestLiveHints(t *testing.T) {
	p := mustParse(t, mpdOf(`id="m" profiles="urn:a, urn:b" type="dynamic" availabilityStartTime="2026-11-24T12:00:00Z" availabilityEndTime="2026-11-25T12:00:00Z" minimumUpdatePeriod="PT5S" suggestedPresentationDelay="PT6S"`,
		`<ServiceDescription><Latency target="3500" min="2000" max="6000"/><PlaybackRate min="0.96" max="1.04"/><ContentSteering defaultServiceLocation="beta alpha" queryBeforeStart="true">https://steer.example/dash.dcsm</ContentSteering></ServiceDescription>
		<PatchLocation ttl="60.5">patch.mpp</PatchLocation>
		<Period start="PT0S"><EventStream schemeIdUri="urn:scte:scte35:2013:xml" value="1" timescale="10" presentationTimeOffset="100"><Event id="7" presentationTime="150" duration="20"><Signal/></Event></EventStream>
		<AdaptationSet contentType="video"><InbandEventStream schemeIdUri="urn:mpeg:dash:event:2012" value="2"/><Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
		<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" xmlns:cenc="urn:mpeg:cenc:2013" cenc:default_KID="9eb4050d-e44b-4802-932e-27d75083e266"/>
		<ProducerReferenceTime id="0" inband="true" type="captured" wallClockTime="2026-11-24T12:00:01Z" presentationTime="20"/>
		<SegmentTemplate timescale="10" duration="20" presentationTimeOffset="10" availabilityTimeOffset="1.5" availabilityTimeComplete="false" media="$Number$"><Initialization sourceURL="i.mp4" range="0-9"/></SegmentTemplate>
		<Representation id="v"><ContentProtection schemeIdUri="URN:UUID:EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED" xmlns:cenc="urn:mpeg:cenc:2013" xmlns:dashif="https://dashif.org/CPS"><cenc:pssh>AAAA</cenc:pssh><dashif:Laurl>license?x=1</dashif:Laurl></ContentProtection></Representation></AdaptationSet></Period>`))
	if p.Reload != (Reload{Live: true, Changed: 5 * time.Second, Unchanged: 5 * time.Second}) {
		t.Errorf("Reload = %+v", p.Reload)
	}
	if l := p.Latency; l.Target != 3500*time.Millisecond || l.Min != 2*time.Second || l.Max != 6*time.Second || l.MinRate != 0.96 || l.MaxRate != 1.04 {
		t.Errorf("Latency = %+v", l)
	}
	if s := p.Steering; s == nil || s.Pathway != "beta" || !s.First || p.Resolve(s.Server) != "https://steer.example/dash.dcsm" {
		t.Errorf("Steering = %+v", s)
	}
	d := p.DASH
	if d.ID != "m" || len(d.Profiles) != 2 || d.Profiles[1] != "urn:b" || !d.AvailabilityEnd.Equal(epoch.AddDate(0, 0, 1)) || len(d.PatchLocations) != 1 || d.PatchLocations[0].TTL != 60500*time.Millisecond {
		t.Errorf("timing = %+v", d)
	}
	period, set := p.Periods[0], p.Periods[0].Sets[0]
	if e := period.Events; len(e) != 1 || e[0].Scheme != "urn:scte:scte35:2013:xml" || e[0].Events[0] != (Event{"7", 5 * time.Second, 2 * time.Second}) {
		t.Errorf("Events = %+v", e)
	}
	if len(set.Inband) != 1 || set.Inband[0] != (EventScheme{"urn:mpeg:dash:event:2012", "2"}) || len(set.Roles) != 1 || set.Roles[0] != "main" {
		t.Errorf("Inband %+v, Roles %v", set.Inband, set.Roles)
	}
	r := set.Renditions[0]
	if r.Early != 1500*time.Millisecond || !r.Chunked || r.Segments.Init().Range != (Range{0, 10}) || r.Segments.Init().Ref.URI != "i.mp4" {
		t.Errorf("Early %v, Chunked %v, Init %+v", r.Early, r.Chunked, r.Segments.Init())
	}
	if x := r.ProducerTimes; len(x) != 1 || x[0].Presentation != time.Second || !x[0].Wall.Equal(epoch.Add(time.Second)) || x[0].Type != "captured" || !x[0].Inband {
		t.Errorf("ProducerTimes = %+v", x)
	}
	if c := r.Protection; len(c) != 2 || c[0].Value != "cbcs" || c[0].DefaultKID == "" || c[1].Scheme != "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed" || !c[1].PSSH || p.Resolve(c[1].License) != "https://edge.example/videos/7/TOKEN/1999999999/license?x=1" {
		t.Errorf("Protection = %+v", c)
	}
	if p := mustParse(t, mpdOf(`type="dynamic" availabilityStartTime="2026-11-24T12:00:00Z"`, `<Period start="PT0S"><AdaptationSet><SegmentTemplate duration="2" media="$Number$"/><Representation id="v"/></AdaptationSet></Period>`)); p.Reload.Live || p.Latency.Target != 0 {
		t.Errorf("Reload %+v, Latency %+v; want never: no @minimumUpdatePeriod", p.Reload, p.Latency)
	}
}

// TestNumberedTimeline: S@n says the number of its first segment.
func TestNumberedTimeline(t *testing.T) {
	p := mustParse(t, strings.NewReplacer(`<S t="0" d`, `<S n="17" t="0" d`, `<S d="20" r="1"/>`, `<S n="19" d="20" r="1" k="1"/>`).Replace(cleanStatic))
	list := p.track0().Listed()
	if list[0].Number != 17 || list[3].Number != 20 || len(list) != 4 {
		t.Errorf("segments = %+v; want 17 to 20", list)
	}
}

// TestNegativeOffset: outside the schema, but what it means is clear, and players
// play it: media time 0 is later than the period's start.
func TestNegativeOffset(t *testing.T) {
	p := mustParse(t, strings.Replace(cleanStatic, `timescale="10" init`, `timescale="10" presentationTimeOffset="-5" init`, 1))
	if s := p.track0().Listed()[0]; s.Start != 500*time.Millisecond || s.Ref.URI != "v1/0.m4s" {
		t.Errorf("first = %+v; want 500ms", s)
	}
}

func ExamplePatch() {
	previous := `<MPD id="m" publishTime="2026-11-24T12:00:00Z"><Period id="1"/></MPD>`
	patch := `<Patch mpdId="m" originalPublishTime="2026-11-24T12:00:00Z" publishTime="2026-11-24T12:00:02Z">` +
		`<replace sel="/MPD/@publishTime">2026-11-24T12:00:02Z</replace>` +
		`<add sel="/MPD"><Period id="2"/></add></Patch>`
	next, err := Patch([]byte(previous), []byte(patch))
	fmt.Println(string(next), err)
	// Output: <MPD id="m" publishTime="2026-11-24T12:00:02Z"><Period id="1"/><Period id="2"/></MPD> <nil>
}
