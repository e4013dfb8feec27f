package config

import "github.com/zhida-project/zhida/shared/secret"

// Secret is a string that cannot be printed.
type Secret = secret.Value

// NewSecret hides value.
func NewSecret(value string) Secret { return secret.New(value) }
