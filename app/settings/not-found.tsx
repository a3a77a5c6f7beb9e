import { NotFoundMessage, notFoundTitle } from "../_components/not-found-message";

export const generateMetadata = notFoundTitle;
export default NotFoundMessage;
