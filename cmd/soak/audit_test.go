package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"soak/audit"
)

// The exit code says whether something fails, JSON what.
func TestAuditExitCodes(t *testing.T) {
	for _, row := range []struct {
		why    string
		status int
		code   int
		want   audit.Verdict // of the answer
	}{
		{"an API that wants credentials: nothing fails, and little is known", http.StatusUnauthorized, codePass, audit.Unknown},
		{"one that is broken", http.StatusInternalServerError, codeFail, audit.Fail},
	} {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(row.status) }))
		var out, said bytes.Buffer
		code := run(t.Context(), []string{"audit", "--json", "--video", "live", api.URL + "/?expire={expire}"}, nil, &out, &said)
		api.Close()
		var r audit.Report
		if err := json.Unmarshal(out.Bytes(), &r); err != nil || code != row.code || r.Schema != audit.Schema || r.Requests != 1 {
			t.Errorf("%s: code %d, %d requests, %v\n%s%s", row.why, code, r.Requests, err, &out, &said)
			continue
		}
		for _, f := range r.Findings {
			if f.ID == "answer" && f.Verdict != row.want {
				t.Errorf("%s: answer is %s; want %s", row.why, f.Verdict, row.want)
			}
		}
	}
}
