"use client";

import { ErrorMessage } from "../_components/error-message";

export default ErrorMessage;
