package manifest

// seeSessionKey is EXT-X-SESSION-KEY (section 4.4.6.5).
func (t *tap) seeSessionKey(attr attributes) {
	if attr.get("METHOD") == "NONE" {
		t.find(Illegal, "RFC 8216bis 4.4.6.5", "EXT-X-SESSION-KEY with METHOD NONE")
		return
	}
	if key, ok := t.key("EXT-X-SESSION-KEY", attr); ok {
		t.master.SessionKeys = append(t.master.SessionKeys, key)
	}
}

// seeSessionData is EXT-X-SESSION-DATA (section 4.4.6.4).
func (t *tap) seeSessionData(attr attributes) {
	d := SessionData{ID: attr.get("DATA-ID"), Value: attr.get("VALUE"), Lang: attr.get("LANGUAGE"), Ref: Ref{URI: attr.get("URI")}, Raw: attr.get("FORMAT") == "RAW"}
	switch {
	case d.ID == "":
		t.find(Illegal, clauseData, "EXT-X-SESSION-DATA without DATA-ID")
	case attr.has("VALUE") == (d.Ref.URI != ""):
		t.find(Illegal, clauseData, "EXT-X-SESSION-DATA needs either VALUE or URI")
	}
	for _, other := range t.master.SessionData {
		if other.ID == d.ID && other.Lang == d.Lang {
			t.find(Illegal, clauseData, "EXT-X-SESSION-DATA twice with one DATA-ID and LANGUAGE")
		}
	}
	if d.Ref.URI != "" {
		if !resolvable(d.Ref.URI) {
			t.fail("EXT-X-SESSION-DATA with a URI that cannot be parsed")
		}
		t.doc.refer(t.line(), d.Ref.URI)
	}
	t.master.SessionData = append(t.master.SessionData, d)
}

// seeSteering is EXT-X-CONTENT-STEERING (section 4.4.6.6).
func (t *tap) seeSteering(attr attributes) {
	uri := attr.get("SERVER-URI")
	if uri == "" || !resolvable(uri) {
		t.find(Illegal, clauseSteering, "EXT-X-CONTENT-STEERING without a SERVER-URI that can be parsed: it is not read")
		return
	}
	t.doc.refer(t.line(), uri)
	t.doc.Steering = &Steering{Server: Ref{URI: uri}, Pathway: attr.get("PATHWAY-ID")}
}
