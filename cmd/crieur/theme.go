package main

import (
	"fmt"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// ThemeFolder names a deployment's own look of the pages.
type ThemeFolder struct {
	Theme string `help:"Folder with the look of the pages, instead of the built-in one: the DSFR as its makers ship it (dsfr.min.css, utility, fonts, icons), or your own *.css." type:"existingdir" placeholder:"DIR"`
}

func (f ThemeFolder) theme() (*pages.Theme, error) {
	if f.Theme == "" {
		return nil, nil
	}
	t, err := pages.OpenTheme(f.Theme)
	if err != nil {
		return nil, fmt.Errorf("%w: --theme: %w", notice.ErrInvalid, err)
	}
	return t, nil
}
