package refresher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"testing"
)

// FuzzFlatObject: what is read the short way reads encoding/json the same.
func FuzzFlatObject(f *testing.F) {
	for _, text := range []string{
		`{"token":"Ab-_","token_ip":"x","client_ip":"127.0.0.1","expires":1700000060,"url":"http://e/cmaf/1_v/t/1/master.m3u8","url_ip":""}`,
		`{"a":1,"a":2}`, `{"a":01}`, `{"a":-1}`, `{"a":1.5}`, `{"a":"\\n"}`, `{"a":"é"}`, `{"a":null}`, `{"a":{"b":1}}`, `{}`, `{"a":1}x`, `{"a":1,}`,
		`{"a":1`, `,"a":1}`, `{"a" :1}`, `[1]`, ``, `{"":""}`, `{"a":}`, `{"a":"b"`, `{,"a":1}`, `{"a":1}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !printable(body) {
			return
		}
		fields := flatObject(nil, string(body))
		if fields == nil {
			return
		}
		got := map[string]any{}
		for _, f := range fields {
			if last := flatOf(fields, f.name); last.number {
				got[f.name] = json.Number(last.value)
			} else {
				got[f.name] = last.value
			}
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var want map[string]any
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("flatObject(%q) = %v; encoding/json: %v, %v", body, got, want, err)
		}
		if _, err := d.Token(); err != io.EOF {
			t.Fatalf("flatObject(%q) does not see what follows", body)
		}
	})
}

// The answer of the guide's API goes the short way.
func TestFlatObjectReadsTheGuides(t *testing.T) {
	o := jsonObject{flat: flatObject(nil, `{"token":"t","expires":1700000060,"url":"u"}`)}
	if o.string("", "token") != "t" || o.at("", "expires") != (jsonValue{jsonNumber, "1700000060"}) {
		t.Errorf("flatObject = %v; want token t and its expiry", o.flat)
	}
}

// Every byte is looked at, wherever it stands.
func TestPrintable(t *testing.T) {
	for size := range 20 {
		text := bytes.Repeat([]byte{'~'}, size)
		if !printable(text) {
			t.Errorf("printable(%q) = false", text)
		}
		for at := range size {
			for c := range 256 {
				text[at] = byte(c)
				if got, want := printable(text), c >= ' ' && c <= '~' && c != '\\'; got != want {
					t.Errorf("printable(%q) = %v; want %v", text, got, want)
				}
			}
			text[at] = ' '
		}
	}
}

// Whichever way an object is read, fields are found the same: by the guide's names, by
// others, and by paths, which a flat object has none of.
func TestFlatOrNot(t *testing.T) {
	for _, f := range []Fields{{}, {Token: "url", URL: "token"}, {Token: "data.token", Expires: "data"}, {Expires: "a.b"}} {
		for _, text := range []string{
			`{"token":"t","token_ip":"i","expires":1700000060,"url":"u","url_ip":"v","client_ip":"c"}`,
			`{"token":"t","token":"u","expires":1,"expires":1700000060}`, `{"token":1,"expires":"1700000060"}`,
			`{"data":"d","data.token":"t","a.b":1700000060}`, `{"url":"","expires":0}`,
		} {
			got, _ := DecodeAnswer([]byte(text), f)
			want, _ := DecodeAnswer([]byte(text[:1]+" "+text[1:]), f) // a blank, which flat objects have not
			if a, b := told(got), told(want); a != b {
				t.Errorf("DecodeAnswer(%s, %+v) = %s; with a blank in it %s", text, f, a, b)
			}
		}
	}
}

// told is all that an answer says.
func told(a Answer) string {
	literal := a.Literal
	a.Literal = nil
	return fmt.Sprintf("%+v %+v", a, literal)
}
