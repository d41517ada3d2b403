package letter

import "testing"

// BenchmarkDraw draws the seed's letter; cmd/bench compares it with others.
func BenchmarkDraw(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		file, err := Draw(seed())
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(file)))
	}
}

func BenchmarkVerify(b *testing.B) {
	file := drawn(b, seed())
	for b.Loop() {
		if err := Verify(file); err != nil {
			b.Fatal(err)
		}
	}
}
