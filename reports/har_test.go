package reports

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"soak/qoe"
)

// har12 is what HAR 1.2 requires of the objects that soak writes
// (http://www.softwareishard.com/blog/har-12-spec/), and that other fields begin with
// an underscore.
const har12 = `{
 "type": "object", "required": ["log"], "additionalProperties": false,
 "properties": {"log": {
  "type": "object", "required": ["version", "creator", "entries"],
  "properties": {
   "version": {"const": "1.2"},
   "creator": {"type": "object", "required": ["name", "version"], "properties": {"name": {"type": "string"}, "version": {"type": "string"}}},
   "pages": {"type": "array", "items": {"type": "object", "required": ["startedDateTime", "id", "title", "pageTimings"],
    "properties": {"startedDateTime": {"$ref": "#/$defs/date"}, "id": {"type": "string"}, "title": {"type": "string"},
     "pageTimings": {"type": "object", "properties": {"onContentLoad": {"$ref": "#/$defs/ms"}, "onLoad": {"$ref": "#/$defs/ms"}}}}}},
   "entries": {"type": "array", "items": {"type": "object",
    "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
    "patternProperties": {"^_": {}}, "additionalProperties": false,
    "properties": {
     "pageref": {"type": "string"}, "startedDateTime": {"$ref": "#/$defs/date"}, "time": {"type": "number", "minimum": 0},
     "serverIPAddress": {"type": "string"}, "connection": {"type": "string"}, "comment": {"type": "string"},
     "request": {"type": "object", "additionalProperties": false,
      "required": ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"],
      "properties": {"method": {"enum": ["GET", "POST"]}, "url": {"type": "string", "pattern": "^https?://"}, "httpVersion": {"type": "string"},
       "cookies": {"type": "array", "maxItems": 0}, "headers": {"$ref": "#/$defs/fields"}, "queryString": {"$ref": "#/$defs/fields"},
       "headersSize": {"type": "integer"}, "bodySize": {"type": "integer"}}},
     "response": {"type": "object", "additionalProperties": false,
      "required": ["status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"],
      "properties": {"status": {"type": "integer"}, "statusText": {"type": "string"}, "httpVersion": {"type": "string"},
       "cookies": {"type": "array", "maxItems": 0}, "headers": {"$ref": "#/$defs/fields"}, "redirectURL": {"type": "string"},
       "headersSize": {"type": "integer"}, "bodySize": {"type": "integer"},
       "content": {"type": "object", "required": ["size", "mimeType"], "properties": {"size": {"type": "integer", "minimum": 0}, "mimeType": {"type": "string", "minLength": 1}}}}},
     "cache": {"type": "object"},
     "timings": {"type": "object", "required": ["send", "wait", "receive"], "additionalProperties": false,
      "properties": {"blocked": {"$ref": "#/$defs/ms"}, "dns": {"$ref": "#/$defs/ms"}, "connect": {"$ref": "#/$defs/ms"}, "ssl": {"$ref": "#/$defs/ms"},
       "send": {"type": "number", "minimum": 0}, "wait": {"type": "number", "minimum": 0}, "receive": {"type": "number", "minimum": 0}}}}}}}}},
 "$defs": {
  "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[-+][0-9:]+)$"},
  "ms": {"anyOf": [{"const": -1}, {"type": "number", "minimum": 0}]},
  "fields": {"type": "array", "items": {"type": "object", "required": ["name", "value"], "additionalProperties": false,
   "properties": {"name": {"type": "string", "minLength": 1}, "value": {"type": "string"}}}}}
}`

// valid checks an archive against what HAR 1.2 requires.
func validHAR(t *testing.T, text []byte) {
	t.Helper()
	schema, err := validator.UnmarshalJSON(strings.NewReader(har12))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("har", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("har")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(doc); err != nil {
		t.Errorf("not HAR 1.2: %v\n%s", err, text)
	}
}

// exchanges are requests of every kind that an archive can hold.
func exchanges() []qoe.Exchange {
	ms := time.Millisecond
	return []qoe.Exchange{
		{Fetch: qoe.Fetch{Kind: qoe.Manifest, Start: epoch, TTFB: 60 * ms, Took: 70 * ms, Bytes: 655, Status: 200, Attempt: 1, Signed: true, Margin: 9 * time.Second, Token: "aabbccdd", Object: "master.m3u8"},
			URL: "https://edge.example/cmaf/1_live/aabbccdd/1800000060/master.m3u8?a=1&b=x%20y&c", Type: "application/vnd.apple.mpegurl",
			Wire: &qoe.Wire{Blocked: ms, DNS: 2 * ms, Connect: 10 * ms, TLS: 20 * ms, Send: ms, Remote: "[::1]:443", Proto: "HTTP/2.0",
				Header: []qoe.Header{{Name: "Age", Value: "3"}}}},
		{Fetch: qoe.Fetch{Kind: qoe.Segment, Media: qoe.Video, Start: epoch.Add(time.Second), TTFB: 40 * ms, Took: 140 * ms, Bytes: 400_000, Status: 206, Attempt: 1, Object: "v1/1.m4s"},
			URL: "http://edge.example/v1/1.m4s", Range: "bytes=0-399999", Wire: &qoe.Wire{Reused: true, Send: ms, Remote: "10.0.0.1:80", Proto: "HTTP/1.1"}},
		{Fetch: qoe.Fetch{Kind: qoe.Segment, Media: qoe.Audio, Start: epoch.Add(2 * time.Second), Took: 10 * time.Second, Failure: qoe.TimeoutFailure, Attempt: 2, Signed: true, Margin: -time.Second, Token: "aabbccdd", Object: "a1/1.m4s"},
			URL: "http://edge.example/a1/1.m4s", Detail: "no answer\nin time"},
		{Fetch: qoe.Fetch{Kind: qoe.License, Start: epoch.Add(3 * time.Second), TTFB: 30 * ms, Took: 30 * ms, Status: 410, Failure: qoe.StatusFailure, Attempt: 1, Object: "license"},
			URL: "http://edge.example/license", Final: "http://other.example/license", Post: true, Detail: "410 Gone"},
	}
}

func TestHARIsWhatTheFormatRequires(t *testing.T) {
	h := HAR{Soak: "v1", Title: "a viewer", Started: epoch, Startup: 620 * time.Millisecond}
	for _, x := range exchanges() {
		h.Exchange(x)
	}
	h.Call(qoe.TokenCall{Refresh: qoe.Refresh{Call: 1, Start: epoch, Took: 50 * time.Millisecond, Status: 200, Installed: true, Life: time.Minute}, URL: "http://api.lab/api/token?expire=60&video=live"})
	h.Call(qoe.TokenCall{Refresh: qoe.Refresh{Call: 2, Start: epoch, Installed: true}}) // signed here: no request
	var out bytes.Buffer
	if err := h.Write(&out); err != nil {
		t.Fatal(err)
	}
	validHAR(t, out.Bytes())
	var f harFile
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	if n := len(f.Log.Entries); n != 5 {
		t.Fatalf("%d entries; want 4 requests and the one call that was one", n)
	}
	for i, e := range f.Log.Entries {
		if math.Abs(e.Time-e.Timings.sum()) > 1e-9 {
			t.Errorf("entry %d takes %v ms; its timings sum up to %v", i, e.Time, e.Timings.sum())
		}
	}
	want := harTimings{Blocked: 1, DNS: 2, Connect: 30, SSL: 20, Send: 1, Wait: 26, Receive: 10}
	if got := f.Log.Entries[0].Timings; got != want {
		t.Errorf("timings %+v; want %+v, TLS a part of connect", got, want)
	}
	if q := f.Log.Entries[0].Request.Query; len(q) != 3 || q[1] != (harField{"b", "x y"}) || q[2] != (harField{"c", ""}) {
		t.Errorf("query %v; want three parameters in their order, unescaped", q)
	}
	if s := f.Log.Entries[0].Server; s != "::1" {
		t.Errorf("server %q; want the address alone", s)
	}
}

// An archive of a viewer who came to nothing is one all the same.
func TestEmptyHAR(t *testing.T) {
	var out bytes.Buffer
	if err := new(HAR).Write(&out); err != nil {
		t.Fatal(err)
	}
	validHAR(t, out.Bytes())
}
