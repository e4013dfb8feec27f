package wechat_test

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

// deaf is a vault that does not answer.
type deaf struct{}

func (deaf) no() error { return fault.New(fault.Unavailable, "test", "the vault does not answer") }

func (d deaf) Get(context.Context, string) (vault.Entry, error)         { return vault.Entry{}, d.no() }
func (d deaf) Put(context.Context, string, vault.Entry) (string, error) { return "", d.no() }
func (d deaf) Delete(context.Context, string) error                     { return d.no() }
func (d deaf) Lease(context.Context, string, string, time.Time) error   { return d.no() }
func (d deaf) Release(context.Context, string, string) error            { return d.no() }
