SHELL := /bin/bash
.DEFAULT_GOAL := help
