package scenarios

import (
	"strings"
	"testing"
)

func TestConsents(t *testing.T) {
	s := Scenario{Consent: []string{"Edge.Example", "192.0.2.7", "2001:db8::7"}}
	for _, row := range []struct {
		host string
		want bool
		why  string
	}{
		{"edge.example", true, "case means nothing in names of hosts"},
		{"edge.example.", true, "nor does the root's dot"},
		{"a.edge.example", false, "a host below it may be somebody else's"},
		{"example", false, "so may the one above"},
		{"edge.example.org", false, "or one that begins alike"},
		{"192.0.2.7", true, "an address"},
		{"::ffff:192.0.2.7", true, "the same one in IPv6's clothes"},
		{"192.0.2.70", false, "another one"},
		{"2001:0db8:0::7", true, "an address is what it says, not how it is written"},
		{"", false, "no host"},
	} {
		if got := s.Consents(row.host); got != row.want {
			t.Errorf("Consents(%q) = %v: %s", row.host, got, row.why)
		}
	}
}

func TestVisitsAreChecked(t *testing.T) {
	for _, row := range []struct {
		consent, sources string
		address          Address
		want             string
		why              string
	}{
		{"edge.example,192.0.2.7,2001:db8::7,a_b.example.", "127.0.0.2,127.9.9.9", Address{}, "", "all fine"},
		{"https://edge.example/", "", Address{}, `consent[0]: "https://edge.example/" is no host`, "a URL says more than a host"},
		{"edge.example:443", "", Address{}, `consent[0]`, "consent is a host's, whatever the port"},
		{"*.example", "", Address{}, `consent[0]`, "hosts are named exactly"},
		{"a,", "", Address{}, `consent[1]: "" is no host`, "empty"},
		{"", "eth0", Address{}, `sources[0]: "eth0" is no IP address`, "a device"},
		{"", "127.0.0.2,224.0.0.1", Address{}, `sources[1]: 224.0.0.1 is nobody's address`, "multicast"},
		{"", "0.0.0.0", Address{}, `sources[0]: 0.0.0.0 is nobody's address`, "any"},
		{"", "127.0.0.2,::1", Address{}, `sources[1]: ::1 is of another family than 127.0.0.2`, "half of the viewers could not reach the target"},
		{"", strings.Repeat("127.0.0.2,", 300) + "127.0.0.3", Address{}, `sources: has 301 addresses`, "a list without end"},
		{"", "127.0.0.2", Address{Kind: OwnAddress}, `sources: contradicts cohorts`, "the cohort says where its viewers are"},
	} {
		s := Default()
		if row.consent != "" {
			s.Consent = strings.Split(row.consent, ",")
		}
		if row.sources != "" {
			s.Sources = strings.Split(row.sources, ",")
		}
		s.Viewers.Mix[0].Address = row.address
		err := s.Validate()
		if got := ""; err != nil {
			got = err.Error()
			if row.want == "" || !strings.Contains(got, row.want) {
				t.Errorf("%s: %v; want %q", row.why, got, row.want)
			}
		} else if row.want != "" {
			t.Errorf("%s: nothing wrong; want %q", row.why, row.want)
		}
	}
}
