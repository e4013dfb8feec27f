package sms

import "github.com/zhida-project/zhida/shared/config"

// OptionsOf are the Options that zhida.yaml tells, which has the channel; a program adds what it has: Client,
// Object, and on AWS Topics and ConfigurationSet.
func OptionsOf(values config.Config) Options {
	c := values.Channels.SMS
	o := Options{
		Company: values.Company, Language: values.Language,
		Topics: c.Topics, ConfigurationSet: c.ConfigurationSet, MaxPrice: c.MaxPrice, OptOutWords: c.OptOutWords,
	}
	for _, n := range c.Numbers {
		o.Numbers = append(o.Numbers, Number(n))
	}
	return o
}
