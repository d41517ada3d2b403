package letter

import (
	"encoding/binary"
	"math"
	"slices"
)

// srgb is the colour profile of the output intent: sRGB (IEC 61966-2-1) as an
// ICC profile of version 4, made here because a profile from elsewhere would
// bring its licence with it. The matrix is sRGB's, adapted to D50.
func srgb() []byte {
	curve := slices.Concat([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"),
		fixed(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045))
	adapt := slices.Concat([]byte("sf32\x00\x00\x00\x00"), fixed(
		1.0478112, 0.0228866, -0.0501270, 0.0295424, 0.9904844, -0.0170491, -0.0092345, 0.0150436, 0.7521316))
	tags := []struct {
		signature string
		data      []byte
	}{
		{"desc", localised("sRGB")}, {"cprt", localised("CC0")}, {"wtpt", xyz(0.9642, 1, 0.8249)}, {"chad", adapt},
		{"rXYZ", xyz(0.4360747, 0.2225045, 0.0139322)}, {"gXYZ", xyz(0.3850649, 0.7168786, 0.0971045)},
		{"bXYZ", xyz(0.1430804, 0.0606169, 0.7141733)}, {"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	at := 128 + 4 + 12*len(tags)
	table, data := binary.BigEndian.AppendUint32(nil, uint32(len(tags))), []byte(nil)
	for _, tag := range tags {
		table = append(table, tag.signature...)
		table = binary.BigEndian.AppendUint32(table, uint32(at+len(data)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(tag.data)))
		data = append(data, tag.data...)
	}
	header := make([]byte, 128)
	binary.BigEndian.PutUint32(header, uint32(at+len(data)))
	binary.BigEndian.PutUint32(header[8:], 0x04200000) // version 4.2
	copy(header[12:], "mntrRGB XYZ ")
	copy(header[24:], "\x07\xE7\x00\x01\x00\x01") // 2023-01-01; the profile's own date
	copy(header[36:], "acsp")
	copy(header[68:], fixed(0.9642, 1, 0.8249))
	return slices.Concat(header, table, data)
}

// fixed is numbers as 16 bits before the point and 16 behind it.
func fixed(values ...float64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

// xyz is one point of the colour space.
func xyz(x, y, z float64) []byte {
	return append([]byte("XYZ \x00\x00\x00\x00"), fixed(x, y, z)...)
}

// localised is a text in one language, American English.
func localised(text string) []byte {
	b := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0CenUS")
	b = binary.BigEndian.AppendUint32(b, uint32(2*len(text)))
	b = binary.BigEndian.AppendUint32(b, 28)
	for _, c := range []byte(text) {
		b = append(b, 0, c)
	}
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
