package fleet

import "testing"

func TestPortsIn(t *testing.T) {
	for text, want := range map[string]int{"32768\t60999\n": 28232, "1 65535": 65535, "5 5": 1, "": 0, "9 8": 0, "0 10": 0, "1 70000": 0, "a b": 0} {
		if got := portsIn(text); got != want {
			t.Errorf("portsIn(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestAvailableIn(t *testing.T) {
	for text, want := range map[string]int64{
		"MemTotal: 10 kB\nMemFree: 1 kB\nMemAvailable:   5 kB\n": 5 << 10,
		"MemAvailable: x kB\n":       0,
		"MemAvailable: 5\n":          0,
		"":                           0,
		"MemAvailable: 1e99999 kB\n": 0,
	} {
		if got := availableIn([]byte(text)); got != want {
			t.Errorf("availableIn(%q) = %d, want %d", text, got, want)
		}
	}
	if free := freeMemory(); free <= 0 {
		t.Errorf("%d bytes are free", free)
	}
}
