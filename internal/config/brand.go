package config

import (
	"path/filepath"

	"vidchat/internal/brand"
)

func readBrandName(c *Config, value string) error {
	if value == "" {
		return nil
	}
	c.Brand.Name = value
	return brand.CheckName(value)
}

func readBrandColor(c *Config, value string) error {
	if value == "" {
		return nil
	}
	accent, err := brand.ParseColor(value)
	if err != nil {
		return err
	}
	c.Brand.Palette, err = brand.NewPalette(accent)
	return err
}

func readBrandLogo(c *Config, value string) (err error) {
	if value == "" {
		return nil
	}
	if !filepath.IsAbs(value) {
		value = filepath.Join(c.workDir, value)
	}
	c.Brand.Logo, err = brand.ReadLogo(value)
	return err
}
