package letter

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // an emblem may be one
	_ "image/png"  // or the other
	"io/fs"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/ttf"
)

// A Letterhead is how a deployment's letters look: its typeface, its colour,
// its emblem. The State's own are not ours to ship; what is not given is as the
// house has it. It is part of the letter's bytes: all processes of a house have
// the same one.
type Letterhead struct {
	fonts  *typeface
	colour colour // of what the letterhead says
	emblem *emblem
}

// An emblem is a picture in place of the State's words, which it says.
type emblem struct {
	width, height int
	packed        []byte // red, green, blue; deflated once, for every letter
	says          string // for those who listen
}

// What a folder may hold. Of the fonts there are all or none; an emblem has
// its words.
const (
	colourFile = "colour.txt" // "#000091"
	emblemFile = "emblem"     // .png or .jpg
	wordsFile  = "emblem.txt" // what the emblem says
)

var fontFiles = [shapes]string{"regular.ttf", "bold.ttf", "italic.ttf", "bold-italic.ttf"}

// ReadLetterhead reads a folder with a deployment's letterhead, and looks
// whether letters can be made with it. The error names the file and what is
// wrong with it.
func ReadLetterhead(dir fs.FS) (*Letterhead, error) {
	h := &Letterhead{}
	var errs []error
	for _, read := range []func(fs.FS) error{h.readFonts, h.readColour, h.readEmblem} {
		errs = append(errs, read(dir))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if h.fonts == nil && h.colour == 0 && h.emblem == nil {
		return nil, fmt.Errorf("none of %s, %s, %s.png is there", fontFiles[regular], colourFile, emblemFile)
	}
	return h, nil
}

// typeface is the letterhead's; nil for the house's.
func (h *Letterhead) typeface() *typeface {
	if h == nil {
		return nil
	}
	return h.fonts
}

// ink is the colour of what the letterhead says.
func (h *Letterhead) ink() colour {
	if h == nil {
		return black
	}
	return h.colour
}

// readFonts reads the four shapes.
func (h *Letterhead) readFonts(dir fs.FS) error {
	t, there := &typeface{}, 0
	var errs []error
	for c, name := range fontFiles {
		data, err := fs.ReadFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		there++
		font, err := readFont(data, err)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		t.names[c] = "Letterhead-" + strings.TrimSuffix(name, ".ttf")
		t.fonts[c] = func() *ttf.Font { return font }
	}
	switch {
	case there == 0:
		return nil
	case there < len(fontFiles):
		errs = append(errs, fmt.Errorf("%d of the fonts %s", there, strings.Join(fontFiles[:], ", ")))
	}
	h.fonts = t
	return errors.Join(errs...)
}

// needed are the characters without which no letter can be written.
const needed = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~" +
	"ÀÂÆÇÈÉÊËÎÏÔŒÙÛÜŸàâæçèéêëîïôœùûüÿ«»’–…€°•\u00a0\u202f"

// readFont reads one shape, and looks whether it may be embedded and can write
// what letters say.
func readFont(data []byte, err error) (*ttf.Font, error) {
	if err != nil {
		return nil, err
	}
	font, err := ttf.Parse(data)
	if err != nil {
		return nil, err
	}
	if !font.Embeddable() {
		return nil, errors.New("its licence does not allow that it is embedded in a document")
	}
	for _, r := range needed {
		if font.Glyph(r) == 0 {
			return nil, fmt.Errorf("it has no %q (%U)", r, r)
		}
	}
	return font, nil
}

// readColour reads a colour that can be read on white.
func (h *Letterhead) readColour(dir fs.FS) error {
	text, err := fs.ReadFile(dir, colourFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	digits, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "#")
	value, err := strconv.ParseUint(digits, 16, 24)
	if !ok || err != nil || len(digits) != 6 {
		return fmt.Errorf("%s: %q is no colour: write #000091", colourFile, strings.TrimSpace(string(text)))
	}
	h.colour = colour(value)
	const least = 4.5 // WCAG 2.2, 1.4.3
	if c := h.colour.contrast(); c < least {
		return fmt.Errorf("%s: its contrast to white is %.1f, %.1f is the least", colourFile, c, least)
	}
	return nil
}

// maxPixels bounds an emblem: every letter carries it.
const maxPixels = 120_000

// readEmblem reads the picture and what it says.
func (h *Letterhead) readEmblem(dir fs.FS) error {
	for _, name := range []string{emblemFile + ".png", emblemFile + ".jpg"} {
		data, err := fs.ReadFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		words, err := fs.ReadFile(dir, wordsFile)
		if err != nil || len(bytes.TrimSpace(words)) == 0 {
			return fmt.Errorf("%s: what it says must stand in %s: not everybody sees it", name, wordsFile)
		}
		config, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if config.Width*config.Height > maxPixels || config.Width == 0 || config.Height == 0 {
			return fmt.Errorf("%s: %d × %d pixels, more than %d", name, config.Width, config.Height, maxPixels)
		}
		picture, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		h.emblem = &emblem{config.Width, config.Height, pdf.Deflate(onWhite(picture)), strings.Join(strings.Fields(string(words)), " ")}
		return nil
	}
	return nil
}

// onWhite are the pixels of a picture on paper: an archive's letters have no
// transparency.
func onWhite(picture image.Image) []byte {
	bounds := picture.Bounds()
	pixels := make([]byte, 0, 3*bounds.Dx()*bounds.Dy())
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			for _, v := range []byte{c.R, c.G, c.B} {
				pixels = append(pixels, byte((int(v)*int(c.A)+255*(255-int(c.A)))/255))
			}
		}
	}
	return pixels
}

// A picture is the emblem on a page.
type picture struct {
	x, y, width, height length
	element             *element
}

// emblem sets the emblem in the place of the State's words, and says where it
// ends.
func (l *layout) emblem(s *sheet, e *emblem, y length) length {
	const high, widest = 62 * point, textWidth * 2 / 5
	p := picture{x: marginX, y: y, height: high, width: high * length(e.width) / length(e.height)}
	if p.width > widest {
		p.width, p.height = widest, widest*length(e.height)/length(e.width)
	}
	p.element = l.root.add("Figure")
	p.element.alt = e.says
	if l.doc.Lang != "fr" {
		p.element.lang = "fr"
	}
	p.element.attrs = fmt.Sprintf("/O/Layout/Placement/Block/BBox[%s %s %s %s]", coordinate(p.x), coordinate(pageHeight-p.y-p.height),
		coordinate(p.x+p.width), coordinate(pageHeight-p.y))
	s.picture = &p
	return y + p.height
}

// picture draws the emblem, by the name that pictures gives it.
func (p *press) picture(of *picture) {
	if of == nil {
		return
	}
	p.mark(of.element)
	p.canvas.operator(fmt.Sprintf("q %s 0 0 %s %s %s cm /emblem Do Q", coordinate(of.width), coordinate(of.height),
		coordinate(of.x), coordinate(pageHeight-of.y-of.height)))
}

// pictures embeds the emblem, and says what goes into the resources.
func (a *assembly) pictures(h *Letterhead) string {
	if h == nil || h.emblem == nil {
		return ""
	}
	ref := a.file.Add(pdf.Object{Open: true, Data: h.emblem.packed, Body: fmt.Sprintf(
		"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode>>",
		h.emblem.width, h.emblem.height)})
	return "/XObject<</emblem " + ref.String() + ">>"
}
