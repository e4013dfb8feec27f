package sms

import "github.com/zhida-project/zhida/shared/config"

// OptionsOf are the Options that zhida.yaml tells; a program adds what it has: Client, Language,
// Object, and on AWS Topics and ConfigurationSet.
func OptionsOf(c *config.SMS) Options {
	o := Options{Topics: c.Topics, ConfigurationSet: c.ConfigurationSet, MaxPrice: c.MaxPrice, OptOutWords: c.OptOutWords}
	for _, n := range c.Numbers {
		o.Numbers = append(o.Numbers, Number(n))
	}
	return o
}
